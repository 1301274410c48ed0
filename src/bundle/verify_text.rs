//! `VERIFY.txt`: how to check the bundle with stock tools. The wording stands in `templates/VERIFY.txt`.

use backproof_verify::manifest::v1::Manifest;
use tera::{Context, Tera};

const TEMPLATE: &str = include_str!("../../templates/VERIFY.txt");

/// Renders the text for the bundle of `manifest`; `development` says that the signing identity is the tool's own.
pub(super) fn render(manifest: &Manifest, development: bool) -> Result<String, tera::Error> {
    let mut context = Context::new();
    context.insert("bundle_id", &manifest.bundle_id);
    context.insert("entity", &manifest.entity);
    context.insert("period", &manifest.period);
    context.insert("tool", &manifest.tool);
    context.insert("files", &manifest.tree.size);
    context.insert("development", &development);
    context.insert("time_stamps", &manifest.time_stamps);
    context.insert(
        "segments",
        &manifest.files.iter().any(|file| file.path.ends_with(".tar")),
    );
    // Plain text: nothing is to be escaped.
    Tera::one_off(TEMPLATE, &context, false)
}
