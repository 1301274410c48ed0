//! The built-in catalogue is whole and says what it must; a damaged one is refused with file, entry and reason.

mod builtin;
mod defects;
mod in_force;
mod own;

use super::*;

fn builtin() -> Catalogue {
    Catalogue::builtin().expect("the built-in catalogue loads")
}

/// The built-in catalogue with `from` replaced by `to`, once, in `file`.
fn edited(file: &str, from: &str, to: &str) -> Result<Catalogue, CatalogueError> {
    let texts = BUILTIN.map(|part| match part.name == file {
        true => {
            assert!(part.text.contains(from), "{file} has no {from:?} to damage");
            part.text.replacen(from, to, 1)
        }
        false => part.text.to_owned(),
    });
    let files: Vec<_> = BUILTIN
        .iter()
        .zip(&texts)
        .map(|(part, text)| CatalogueFile {
            name: part.name,
            text,
        })
        .collect();
    Catalogue::from_toml(&files)
}
