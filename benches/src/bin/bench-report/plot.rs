//! Plots of time against records, both axes logarithmic.

use std::fmt::Write as _;

use crate::measure::{Kind, Process, Row};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 60.0;

/// What a time is drawn against.
#[derive(Clone, Copy)]
struct Measure {
    of: fn(&Row) -> usize,
    file: &'static str,
    words: &'static str,
}

const MEASURES: [Measure; 2] = [
    Measure {
        of: |row| row.records,
        file: "records",
        words: "records in the channel",
    },
    Measure {
        of: |row| row.reachable,
        file: "reachable",
        words: "records that the request can reach",
    },
];

/// Two files a kind of solve that was measured.
pub(crate) fn all(rows: &[Row]) -> Vec<(String, String)> {
    let kinds = [
        (Kind::Warm, "warm"),
        (Kind::FirstRun, "first-run"),
        (Kind::Unsolvable, "unsolvable"),
        (Kind::Hot, "hot"),
    ];
    let mut files = Vec::new();
    for (kind, name) in kinds {
        for measure in MEASURES {
            let mut rows: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
            rows.sort_by_key(|row| (measure.of)(row));
            if !rows.is_empty() {
                let file = format!("{name}-{}.svg", measure.file);
                files.push((file, plot(&rows, kind, measure)));
            }
        }
    }
    files
}

fn plot(rows: &[&Row], kind: Kind, measure: Measure) -> String {
    let seconds = |process: &Process| process.seconds;
    #[expect(clippy::cast_precision_loss, reason = "a place on paper")]
    let points: Vec<(f64, f64, f64)> = rows
        .iter()
        .map(|row| {
            let (ours, theirs) = row.medians(seconds);
            ((measure.of)(row).max(1) as f64, ours * 1e3, theirs * 1e3)
        })
        .collect();
    let xs = Axis::around(points.iter().map(|(x, _, _)| *x));
    let ys = Axis::around(points.iter().flat_map(|(_, ours, theirs)| [*ours, *theirs]));
    let x = |value: f64| MARGIN + xs.share(value) * (WIDTH - 2.0 * MARGIN);
    let y = |value: f64| HEIGHT - MARGIN - ys.share(value) * (HEIGHT - 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{MARGIN}\" y=\"24\" font-size=\"15\">Time of a whole solve, {kind}</text>\n"
    );
    for power in ys.powers() {
        let at = y(power);
        let _ = writeln!(
            svg,
            "<line x1=\"{MARGIN}\" x2=\"{:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{power} ms</text>",
            WIDTH - MARGIN,
            MARGIN - 6.0,
            at + 4.0
        );
    }
    for power in xs.powers() {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{power:.0}</text>",
            x(power),
            HEIGHT - MARGIN + 18.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
        WIDTH / 2.0,
        HEIGHT - 16.0,
        measure.words
    );
    let ours: Vec<(f64, f64)> = points
        .iter()
        .map(|(at, ours, _)| (x(*at), y(*ours)))
        .collect();
    let theirs: Vec<(f64, f64)> = points
        .iter()
        .map(|(at, _, theirs)| (x(*at), y(*theirs)))
        .collect();
    line(&mut svg, "rattler", "#c44", &theirs);
    line(&mut svg, "rsp-lock", "#26a", &ours);
    // Channels of which as much can be reached share a place.
    let labels: Vec<(f64, &str)> = (ours.iter().zip(rows))
        .map(|((at, _), row)| (*at, &*row.channel))
        .collect();
    for at_one_place in labels.chunk_by(|a, b| (a.0 - b.0).abs() < 1.0) {
        let names: Vec<&str> = at_one_place.iter().map(|(_, name)| *name).collect();
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#666\">{}</text>",
            at_one_place.first().map_or(0.0, |(at, _)| *at),
            HEIGHT - MARGIN - 6.0,
            names.join(", ")
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, name: &str, color: &str, points: &[(f64, f64)]) {
    let path: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
        path.join(" ")
    );
    for (x, y) in points {
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{color}\"/>"
        );
    }
    if let Some((x, y)) = points.last() {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{color}\">{name}</text>",
            x - 8.0,
            y - 8.0
        );
    }
}

/// Whole powers of ten around some values.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64> + Clone) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).max(1e-9);
        let high = values.fold(0.0, f64::max).max(low);
        let (low, high) = (low.log10().floor(), high.log10().ceil());
        Self {
            low,
            high: high.max(low + 1.0),
        }
    }

    fn share(&self, value: f64) -> f64 {
        (value.max(1e-9).log10() - self.low) / (self.high - self.low)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        let (low, high) = (self.low, self.high);
        std::iter::successors(Some(low), |power| Some(power + 1.0))
            .take_while(move |power| *power <= high)
            .map(|power| 10_f64.powf(power))
    }
}
