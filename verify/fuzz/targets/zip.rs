//! The strict ZIP reader and the unpacking of entries under their stated sizes.
#![no_main]

use backproof_verify::check::Checks;
use backproof_verify::unpack::unpack;
use backproof_verify::zip;
use backproof_verify_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        let Some(entries) = zip::read(bytes, &mut Checks::new()) else {
            return;
        };
        let mut written = Vec::new();
        let mut directory = Vec::new();
        for found in &entries {
            let entry = found.entry(bytes).expect("it was found there");
            let mut size = 0;
            let unpacked = unpack(&entry, |part| size += part.len() as u64);
            assert!(size <= u64::from(entry.size), "more than was stated");
            assert!(
                unpacked.is_err() || size == u64::from(entry.size),
                "less than was stated"
            );
            directory.extend(entry.central_header(written.len() as u32));
            written.extend(entry.local_header());
            written.extend(entry.packed);
        }
        let end = zip::end_record(entries.len() as u16, directory.len() as u32, written.len() as u32);
        assert_eq!(
            [written, directory, end].concat(),
            bytes,
            "an archive has one form"
        );
    });
});
