//! A certified document and the updates that follow, each as it should be or altered before it is signed.

use super::cms::{Cms, sha256};
use super::pdf::{PAGE, Parts, field, sign_update, update};
use super::pki::{House, Identity};
use super::stamp::Stamped;

/// A document to which revisions are added.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) bytes: Vec<u8>,
    size: u32,
    fields: Vec<u32>,
    store: Option<u32>,
}

/// An update before it is signed.
pub(super) struct Update {
    pub(super) objects: Vec<(u32, Vec<u8>)>,
    pub(super) signature: String,
    pub(super) trailer: String,
}

pub(super) type Alter = fn(&mut Update);

impl Update {
    pub(super) fn edit(&mut self, number: u32, old: &str, new: &str) {
        for (own, object) in &mut self.objects {
            if *own == number {
                let text = String::from_utf8_lossy(object).into_owned();
                assert!(text.contains(old), "{old:?} is not in {text:?}");
                *object = text.replacen(old, new, 1).into_bytes();
            }
        }
    }
}

impl Chain {
    pub(super) fn certified(signer: &Identity, house: &House) -> Self {
        let bytes =
            Parts::proper().signed(&|content| Cms::detached(signer, &[&house.issuing], content).assemble());
        Self {
            bytes,
            size: 8,
            fields: vec![6, 7],
            store: None,
        }
    }

    fn references(&self) -> String {
        let references: Vec<_> = self.fields.iter().map(|field| format!("{field} 0 R")).collect();
        references.join(" ")
    }

    fn catalog(&self) -> Vec<u8> {
        let store = self
            .store
            .map_or_else(String::new, |store| format!(" /DSS {store} 0 R"));
        format!(
            "<</Type /Catalog /Pages 2 0 R /Lang (en) /AcroForm <</Fields [{}] /SigFlags 3>> \
             /Perms <</DocMDP 5 0 R>>{store}>>",
            self.references()
        )
        .into_bytes()
    }

    fn page(&self) -> Vec<u8> {
        let annotations = format!("/Tabs /S /Annots [{}] /Contents", self.references());
        PAGE.replacen("/Contents", &annotations, 1).into_bytes()
    }

    fn trailer(&self) -> String {
        let digest = sha256(&self.bytes[..self.bytes.len() - 1]);
        let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!(
            "/Size {} /Root 1 0 R /ID [<30313233343536373839616263646566> <{digest}>]",
            self.size
        )
    }

    /// The approver signs.
    pub(super) fn approved(mut self, house: &House, approver: &Identity, alter: Alter) -> Self {
        let number = self.size;
        self.size += 1;
        let mut own = Update {
            objects: vec![(
                7,
                field("ApproverSignature", &format!(" /V {number} 0 R")).into_bytes(),
            )],
            signature:
                "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261006000000Z) \
                        /Name (approver) /Reason (approved)"
                    .to_owned(),
            trailer: self.trailer(),
        };
        alter(&mut own);
        let sign = |content: &[u8]| Cms::detached(approver, &[&house.issuing], content).assemble();
        self.bytes = sign_update(
            &self.bytes,
            own.objects,
            (number, &own.signature),
            &own.trailer,
            &sign,
        );
        self
    }

    /// Revocation lists are put in.
    pub(super) fn with_lists(mut self, lists: &[Vec<u8>], alter: Alter) -> Self {
        let number = self.size;
        self.size += 1 + lists.len() as u32;
        self.store = Some(number);
        let streams: Vec<_> = (number + 1..self.size)
            .map(|stream| format!("{stream} 0 R"))
            .collect();
        let store = format!("<</Type /DSS /CRLs [{}]>>", streams.join(" "));
        let mut objects = vec![(1, self.catalog()), (number, store.into_bytes())];
        objects.extend((number + 1..).zip(lists).map(|(stream, list)| {
            let head = format!("<</Length {}>>stream\n", list.len()).into_bytes();
            (stream, [head.as_slice(), list, b"\nendstream"].concat())
        }));
        let mut own = Update {
            objects,
            signature: String::new(),
            trailer: self.trailer(),
        };
        alter(&mut own);
        own.objects.sort();
        self.bytes = update(&self.bytes, &own.objects, &own.trailer);
        self
    }

    /// An authority stamps the document.
    pub(super) fn stamped(mut self, house: &House, authority: &Identity, at: &str, alter: Alter) -> Self {
        self.stamped_over(house, authority, alter, &|content| Stamped::new(at, content))
    }

    pub(super) fn stamped_over<'a>(
        &mut self,
        house: &House,
        authority: &Identity,
        alter: Alter,
        stamp: &dyn Fn(&[u8]) -> Stamped<'a>,
    ) -> Self {
        let number = self.size;
        let name = format!("TimeStamp{}", self.fields.len() - 1);
        self.size += 2;
        self.fields.push(number + 1);
        let mut own = Update {
            objects: vec![
                (1, self.catalog()),
                (3, self.page()),
                (
                    number + 1,
                    field(&name, &format!(" /V {number} 0 R")).into_bytes(),
                ),
            ],
            signature: "/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161".to_owned(),
            trailer: self.trailer(),
        };
        alter(&mut own);
        let sign = |content: &[u8]| stamp(content).token(authority, &[&house.issuing]).assemble();
        self.bytes = sign_update(
            &self.bytes,
            own.objects,
            (number, &own.signature),
            &own.trailer,
            &sign,
        );
        self.clone()
    }
}

/// Leaves an update as it should be.
pub(super) fn unaltered(_: &mut Update) {}
