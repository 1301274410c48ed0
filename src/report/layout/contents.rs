//! The table of contents: section titles, leaders of air, page numbers, each line a link.

use crate::report::canvas::{Element, Face, Spot};
use crate::report::layout::block::{Block, Heading};
use crate::report::layout::flow::{Flow, area};
use crate::report::layout::text::{Align, Span, wrap};
use crate::report::layout::theme;

/// Lists the headings of `blocks` that ask to be listed.
pub(super) fn place(flow: &mut Flow<'_>, blocks: &[Block]) {
    let mut listed = Vec::new();
    sections(blocks, &mut listed);
    flow.claim(40.0);
    flow.canvas.begin(Element::Toc);
    for heading in listed {
        line(flow, heading);
    }
    flow.canvas.end();
}

/// The listed headings of level 1, also those within groups.
fn sections<'b>(blocks: &'b [Block], listed: &mut Vec<&'b Heading>) {
    for block in blocks {
        match block {
            Block::Heading(heading) if heading.listed && heading.level == 1 => listed.push(heading),
            Block::Together(blocks) => sections(blocks, listed),
            _ => {}
        }
    }
}

fn line(flow: &mut Flow<'_>, heading: &Heading) {
    let leading = 19.0;
    let style = theme::style(Face::Regular, 10.2, theme::BLACK);
    let number = theme::style(Face::Regular, 10.2, theme::BLUE);
    let title = Span::new(heading.title.clone(), style).linked(heading.anchor.clone());
    let lines = wrap(flow.fonts, &[title], theme::FULL - 80.0, leading);
    flow.claim(lines.height());
    flow.canvas
        .rect(area(theme::LEFT, flow.y, theme::FULL, 0.5), theme::HAIRLINE);
    flow.canvas.begin(Element::TocItem);
    flow.canvas.begin(Element::Reference);
    let head = wrap(
        flow.fonts,
        &[Span::new(heading.number.clone(), number)],
        28.0,
        leading,
    );
    head.draw(
        flow.canvas,
        Spot {
            x: theme::LEFT,
            y: flow.y,
        },
        Align::Left,
    );
    lines.draw(
        flow.canvas,
        Spot {
            x: theme::LEFT + 30.0,
            y: flow.y,
        },
        Align::Left,
    );
    let page = flow
        .page_of(&heading.anchor)
        .map_or_else(String::new, |page| page.to_string());
    let page = Span::new(page, style).linked(heading.anchor.clone());
    let page = wrap(flow.fonts, &[page], 40.0, leading);
    let x = theme::LEFT + theme::FULL - 40.0;
    page.draw(
        flow.canvas,
        Spot {
            x,
            y: flow.y + lines.height() - leading,
        },
        Align::Right,
    );
    flow.canvas.end();
    flow.canvas.end();
    flow.y += lines.height();
}
