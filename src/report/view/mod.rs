//! The view: from findings to what is said about them, one file a section.
//!
//! Invariant: the view counts, sorts and picks passages; it never changes a state. A section that has nothing to show
//! says so in words.

mod assertion;
mod calendar;
mod citations;
mod conclusion;
mod cover;
mod criteria;
mod deletions;
mod doc;
mod evidence;
mod exceptions;
mod exercises;
mod indeterminate;
mod limitations;
mod matrix;
mod observations;
mod reconciliations;
mod register;
mod restores;
mod say;
mod scope;
mod tests;
mod verify;

use std::collections::BTreeSet;

use super::input::ReportInput;
use super::layout::Furniture;
use super::layout::block::Block;
use super::words::{WordingError, Words};
use doc::Doc;
pub(super) use say::period;

/// The whole report. `replaced` are characters that an earlier pass could not draw.
pub(super) fn blocks(
    input: &ReportInput<'_>,
    words: &Words,
    replaced: &BTreeSet<char>,
) -> Result<Vec<Block>, WordingError> {
    let mut doc = Doc::new(words);
    cover::write(&mut doc, input)?;
    conclusion::write(&mut doc, input)?;
    assertion::write(&mut doc, input)?;
    scope::write(&mut doc, input)?;
    criteria::write(&mut doc, input)?;
    evidence::write(&mut doc, input)?;
    matrix::write(&mut doc, input)?;
    tests::write(&mut doc, input)?;
    exceptions::write(&mut doc, input)?;
    indeterminate::write(&mut doc, input)?;
    observations::write(&mut doc, input)?;
    limitations::write(&mut doc, input, replaced)?;
    register::write(&mut doc, input)?;
    calendar::write(&mut doc, input)?;
    restores::write(&mut doc, input)?;
    exercises::write(&mut doc, input)?;
    deletions::write(&mut doc, input)?;
    // Last but one, because it registers what the sections before it cited.
    citations::write(&mut doc, input)?;
    verify::write(&mut doc, input)?;
    Ok(doc.blocks)
}

/// What stands on every page but the cover.
pub(super) fn furniture(input: &ReportInput<'_>, words: &Words) -> Result<Furniture, WordingError> {
    let title = words.say("cover/title", &[])?;
    Ok(Furniture {
        head_left: format!("{}  ·  {title}", input.scope.entity.name),
        head_right: period(input),
        foot_left: format!("Bundle {}", input.run.bundle_id),
    })
}
