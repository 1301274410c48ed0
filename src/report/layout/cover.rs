//! The cover: whose report, about what, for when, and how far it may be relied on.

use crate::report::canvas::{Element, Face, Spot};
use crate::report::layout::block::{Cover, Fact};
use crate::report::layout::flow::{Flow, area};
use crate::report::layout::text::{Align, Lines, Style, wrap};
use crate::report::layout::theme;

/// Places the cover on a page of its own.
pub(super) fn place(flow: &mut Flow<'_>, cover: &Cover) {
    flow.bare_page();
    let mut top = 0.0;
    if let Some((title, text)) = &cover.warning {
        top = warning(flow, title, text);
    }
    let ink = theme::BLACK;
    let mark = theme::style(Face::SemiBold, 10.5, theme::BLUE);
    write(
        flow,
        Element::Paragraph,
        &cover.wordmark,
        mark,
        14.0,
        top.max(20.0) + 36.0,
    );

    let mut y = 214.0;
    flow.canvas
        .rect(area(theme::LEFT, y - 22.0, 48.0, 2.4), theme::BLUE);
    y = write(
        flow,
        Element::Heading(1),
        &cover.title,
        theme::style(Face::Light, 42.0, ink),
        48.0,
        y,
    );
    y = write(
        flow,
        Element::Paragraph,
        &cover.subtitle,
        theme::style(Face::Light, 20.0, ink),
        27.0,
        y + 4.0,
    );
    y = write(
        flow,
        Element::Paragraph,
        &cover.entity,
        theme::style(Face::SemiBold, 14.0, ink),
        19.0,
        y + 40.0,
    );
    write(
        flow,
        Element::Paragraph,
        &cover.period,
        theme::style(Face::Regular, 11.0, theme::GREY),
        16.0,
        y + 2.0,
    );

    facts(flow, &cover.facts);
    let small = theme::style(Face::Regular, 7.4, theme::GREY);
    write(flow, Element::Paragraph, &cover.footer, small, 10.0, 738.0);
    flow.y = theme::BOTTOM;
}

/// Draws the strip from edge to edge and returns where it ends.
fn warning(flow: &mut Flow<'_>, title: &str, text: &str) -> f32 {
    let title = flow.lines(
        title,
        theme::style(Face::SemiBold, 11.0, theme::WHITE),
        theme::FULL,
        16.0,
    );
    let text = flow.lines(
        text,
        theme::style(Face::Regular, 8.8, theme::WHITE),
        theme::FULL,
        12.6,
    );
    let height = 18.0 + title.height() + text.height() + 14.0;
    flow.canvas
        .rect(area(0.0, 0.0, theme::PAGE_WIDTH, height), theme::VERMILION);
    put(flow, &title, 18.0);
    put(flow, &text, 18.0 + title.height());
    height
}

fn put(flow: &mut Flow<'_>, lines: &Lines, y: f32) {
    flow.canvas.begin(Element::Paragraph);
    lines.draw(flow.canvas, Spot { x: theme::LEFT, y }, Align::Left);
    flow.canvas.end();
}

fn write(flow: &mut Flow<'_>, element: Element, text: &str, style: Style, leading: f32, y: f32) -> f32 {
    let lines = flow.lines(text, style, theme::FULL, leading);
    flow.canvas.begin(element);
    lines.draw(flow.canvas, Spot { x: theme::LEFT, y }, Align::Left);
    flow.canvas.end();
    y + lines.height()
}

/// The facts stand on the foot of the page, so that the title keeps its place whatever their number.
fn facts(flow: &mut Flow<'_>, facts: &[Fact]) {
    let leading = 12.6;
    let value_of = |flow: &Flow<'_>, fact: &Fact| -> Vec<Lines> {
        fact.value
            .iter()
            .map(|spans| wrap(flow.fonts, spans, theme::MAIN, leading))
            .collect()
    };
    let set: Vec<(Lines, Vec<Lines>)> = facts
        .iter()
        .map(|fact| {
            (
                wrap(flow.fonts, &fact.key, theme::SIDE, leading),
                value_of(flow, fact),
            )
        })
        .collect();
    let height_of =
        |(key, value): &(Lines, Vec<Lines>)| key.height().max(value.iter().map(Lines::height).sum()) + 6.4;
    let mut y = 726.0 - set.iter().map(height_of).sum::<f32>();
    for row in &set {
        flow.canvas
            .rect(area(theme::LEFT, y, theme::FULL, 0.5), theme::HAIRLINE);
        put(flow, &row.0, y + 3.2);
        let mut line = y + 3.2;
        for value in &row.1 {
            flow.canvas.begin(Element::Paragraph);
            value.draw(
                flow.canvas,
                Spot {
                    x: theme::MAIN_LEFT,
                    y: line,
                },
                Align::Left,
            );
            flow.canvas.end();
            line += value.height();
        }
        y += height_of(row);
    }
}
