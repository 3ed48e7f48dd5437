//! From true colour to at most 256 colours, once for each background and badge.
//!
//! A card is mostly paper, so it is written as a palette image: a third of the
//! memory of true colour, and a fraction of the time to compress. The work of
//! choosing colours is done once for a background and shared by all its cards.
//! Badges are written so as well, with transparency as a fourth channel: a quarter
//! of the bytes, and no difference that is seen.
//!
//! Colours that cover an area of any size stay exactly what they are, so plain
//! ground is plain. The rest (the badge's shades, soft edges) share what is
//! left, by median cut over what occurs and a few rounds of moving each colour
//! to the middle of what it stands for. What error is left is passed on to the
//! neighbours, so that shades do not band; plain ground neither takes nor gives
//! any. Of a card's palette a third is kept free for the edges of letters.

use std::collections::HashMap;

pub(super) use crate::output::drawn::Rgb;

/// Colours of a background; the others are for letters.
const BACKGROUND_COLOURS: usize = 168;
/// Colours of a picture that nothing is printed on.
const PICTURE_COLOURS: usize = 256;
/// A colour of so many pixels is kept exactly.
const PLAIN: u32 = 600;
const ROUNDS: usize = 3;
/// What the sixteenths of an error are divided by when all of it is passed on.
const WHOLE: i32 = 16;
/// And when half of it is: enough that shades do not band in a small picture, and a tenth of the bytes less.
const HALF: i32 = 32;

type Colour<const N: usize> = [u8; N];

/// A background in palette colours.
#[derive(Debug, Clone)]
pub struct Indexed {
    /// One byte a pixel, row by row.
    pub pixels: Vec<u8>,
    /// The colours by index, where there is one.
    pub palette: [Rgb; 256],
    /// How many ranks are taken; see [`slot`].
    pub taken: usize,
}

/// A picture in palette colours, transparent where it was.
#[derive(Debug, Clone)]
pub struct Reduced {
    /// One byte a pixel, row by row.
    pub pixels: Vec<u8>,
    /// The colours, multiplied by their alpha as they came; opaque ones last.
    pub palette: Vec<[u8; 4]>,
}

/// The index of a colour by rank. The encoder's code words are shortest for
/// indices near 0 and near 255, so the most frequent colours go there.
pub fn slot(rank: usize) -> u8 {
    let half = u8::try_from(rank / 2).unwrap_or(127).min(127);
    if rank.is_multiple_of(2) { half } else { 255 - half }
}

/// Reduces opaque pixels (four bytes each, alpha last) to palette colours.
pub fn reduce(rgba: &[u8], width: usize) -> Indexed {
    let colours = choose(&count(pixels::<3>(rgba)), BACKGROUND_COLOURS);
    let mut palette = [[0; 3]; 256];
    for (rank, colour) in colours.iter().enumerate() {
        if let Some(entry) = palette.get_mut(usize::from(slot(rank))) {
            *entry = *colour;
        }
    }
    Indexed { pixels: diffuse(rgba, width, &colours, slot, WHOLE), palette, taken: colours.len() }
}

/// Reduces pixels whose colours are multiplied by their alpha. At most 256 different ones stay as they are.
pub fn reduce_transparent(rgba: &[u8], width: usize) -> Reduced {
    let mut palette = choose(&count(pixels::<4>(rgba)), PICTURE_COLOURS);
    // A PNG names the transparency of its first colours only.
    palette.sort_by_key(|[_, _, _, alpha]| *alpha == 255);
    let index = |rank: usize| u8::try_from(rank).unwrap_or(255);
    Reduced { pixels: diffuse(rgba, width, &palette, index, HALF), palette }
}

/// Whether [`reduce_transparent`] leaves a picture as it is.
pub fn has_few_colours(rgba: &[u8]) -> bool {
    count(pixels::<4>(rgba)).len() <= PICTURE_COLOURS
}

fn pixels<const N: usize>(rgba: &[u8]) -> impl Iterator<Item = Colour<N>> {
    rgba.chunks_exact(4).filter_map(|pixel| pixel.first_chunk::<N>().copied())
}

/// The colours that occur, most frequent first.
fn count<const N: usize>(pixels: impl Iterator<Item = Colour<N>>) -> Vec<(Colour<N>, u32)> {
    let mut counts: HashMap<Colour<N>, u32> = HashMap::new();
    // Most pixels are as the one before them, and looking up takes longest.
    let mut run: Option<(Colour<N>, u32)> = None;
    for pixel in pixels {
        match &mut run {
            Some((colour, length)) if *colour == pixel => *length += 1,
            _ => {
                if let Some((colour, length)) = run.replace((pixel, 1)) {
                    *counts.entry(colour).or_default() += length;
                }
            }
        }
    }
    if let Some((colour, length)) = run {
        *counts.entry(colour).or_default() += length;
    }
    // In an order of their own: a map's is another one each time.
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
    counts
}

/// At most `most` colours, most frequent first.
fn choose<const N: usize>(counts: &[(Colour<N>, u32)], most: usize) -> Vec<Colour<N>> {
    if counts.len() <= most {
        return counts.iter().map(|(colour, _)| *colour).collect();
    }
    let plain = counts.iter().take(most / 2).take_while(|(_, count)| *count >= PLAIN).count();
    let mut colours: Vec<Colour<N>> = counts.iter().take(plain).map(|(colour, _)| *colour).collect();
    // Neighbouring shades are one for the purpose of choosing.
    let mut bins: HashMap<Colour<N>, ([u64; N], u64)> = HashMap::new();
    for (colour, count) in counts.iter().skip(plain) {
        let (sums, weight) = bins.entry(colour.map(|channel| channel >> 3)).or_insert(([0; N], 0));
        for (sum, channel) in sums.iter_mut().zip(colour) {
            *sum += u64::from(*channel) * u64::from(*count);
        }
        *weight += u64::from(*count);
    }
    let mut shades: Vec<(Colour<N>, u64)> =
        bins.into_values().map(|(sums, weight)| (mean(sums, weight), weight)).collect();
    shades.sort_unstable();
    let mut mixed = median_cut(&mut shades, most - plain);
    for _ in 0..ROUNDS {
        settle(&shades, &mut mixed);
    }
    for colour in mixed {
        if !colours.contains(&colour) {
            colours.push(colour);
        }
    }
    colours
}

fn mean<const N: usize>(sums: [u64; N], weight: u64) -> Colour<N> {
    sums.map(|sum| u8::try_from((sum + weight / 2) / weight.max(1)).unwrap_or(255))
}

/// Cuts the box with the most error in two until there are enough boxes.
fn median_cut<const N: usize>(shades: &mut [(Colour<N>, u64)], wanted: usize) -> Vec<Colour<N>> {
    let mut boxes: Vec<(&mut [(Colour<N>, u64)], u64)> = Vec::new();
    let error = spread(shades).1;
    boxes.push((shades, error));
    while boxes.len() < wanted {
        let worst = boxes.iter().enumerate().max_by_key(|(at, (_, error))| (*error, usize::MAX - at));
        let Some((at, (shades, error))) = worst else {
            break;
        };
        if *error == 0 || shades.len() < 2 {
            break;
        }
        let axis = spread(shades).0;
        let (shades, _) = boxes.swap_remove(at);
        shades.sort_unstable_by_key(|(colour, _)| (colour.get(axis).copied(), *colour));
        let half: u64 = shades.iter().map(|(_, weight)| weight).sum::<u64>() / 2;
        let mut sum = 0;
        let cut = shades
            .iter()
            .position(|(_, weight)| {
                sum += weight;
                sum > half
            })
            .unwrap_or_default()
            .clamp(1, shades.len() - 1);
        let (low, high) = shades.split_at_mut(cut);
        let (low_error, high_error) = (spread(low).1, spread(high).1);
        boxes.push((low, low_error));
        boxes.push((high, high_error));
    }
    let mut colours: Vec<_> = boxes
        .iter()
        .map(|(shades, _)| {
            let mut sums = [0; N];
            let mut all = 0;
            for (rgb, weight) in shades.iter() {
                for (sum, channel) in sums.iter_mut().zip(rgb) {
                    *sum += u64::from(*channel) * weight;
                }
                all += weight;
            }
            (std::cmp::Reverse(all), mean(sums, all))
        })
        .collect();
    colours.sort_unstable();
    colours.into_iter().map(|(_, colour)| colour).collect()
}

/// The channel that varies most, and the whole variation. The square root of
/// the weight keeps small bright details from losing to large dull areas.
fn spread<const N: usize>(shades: &[(Colour<N>, u64)]) -> (usize, u64) {
    let mut widest = (0, 0_u64);
    let mut total = 0;
    let weight: u64 = shades.iter().map(|(_, weight)| weight.isqrt()).sum::<u64>().max(1);
    for axis in 0..N {
        let values =
            || shades.iter().map(|(rgb, weight)| (u64::from(rgb.get(axis).copied().unwrap_or(0)), weight.isqrt()));
        let middle = values().map(|(value, weight)| value * weight).sum::<u64>() / weight;
        let error = values().map(|(value, weight)| value.abs_diff(middle).pow(2) * weight).sum();
        if error > widest.1 {
            widest = (axis, error);
        }
        total += error;
    }
    (widest.0, total)
}

/// Moves each colour to the middle of the shades nearest to it.
fn settle<const N: usize>(shades: &[(Colour<N>, u64)], colours: &mut [Colour<N>]) {
    let mut sums = vec![([0_u64; N], 0_u64); colours.len()];
    for (rgb, weight) in shades {
        let at = nearest(colours, rgb.map(i32::from));
        if let Some((sums, all)) = sums.get_mut(at) {
            let weight = weight.isqrt().max(1);
            for (sum, channel) in sums.iter_mut().zip(rgb) {
                *sum += u64::from(*channel) * weight;
            }
            *all += weight;
        }
    }
    for (colour, (sums, all)) in colours.iter_mut().zip(sums) {
        if all > 0 {
            *colour = mean(sums, all);
        }
    }
}

/// How much a difference counts: green most, as to the eye; alpha as much, for it shows what is behind.
const WEIGHTS: [i32; 4] = [2, 4, 1, 4];

/// The place of the colour nearest to one.
pub fn nearest<const N: usize>(colours: &[Colour<N>], wanted: [i32; N]) -> usize {
    let mut best = (i32::MAX, 0);
    for (at, colour) in colours.iter().enumerate() {
        let mut distance = 0;
        for ((channel, wanted), weight) in colour.iter().zip(wanted).zip(WEIGHTS) {
            let difference = i32::from(*channel) - wanted;
            distance += weight * difference * difference;
        }
        if distance < best.0 {
            best = (distance, at);
        }
    }
    best.1
}

/// Floyd–Steinberg, in sixteenths of which each is a `part`, but for pixels whose colour is in the palette.
fn diffuse<const N: usize>(
    rgba: &[u8],
    width: usize,
    colours: &[Colour<N>],
    index: impl Fn(usize) -> u8,
    part: i32,
) -> Vec<u8> {
    let exact: HashMap<Colour<N>, u8> =
        colours.iter().enumerate().map(|(rank, colour)| (*colour, index(rank))).collect();
    let mut indices = Vec::with_capacity(rgba.len() / 4);
    // Errors of this row and the next, with a place on either side.
    let mut here = vec![[0_i32; N]; width + 2];
    let mut below = vec![[0_i32; N]; width + 2];
    let mut last: Option<(Colour<N>, u8)> = None;
    for row in rgba.chunks_exact(width * 4) {
        below.fill([0; N]);
        for (x, pixel) in pixels(row).enumerate() {
            let known = match last {
                Some((colour, known)) if colour == pixel => Some(known),
                _ => exact.get(&pixel).copied(),
            };
            if let Some(known) = known {
                last = Some((pixel, known));
                indices.push(known);
                continue;
            }
            let error = here.get(x + 1).copied().unwrap_or([0; N]);
            let mut wanted = [0; N];
            for ((wanted, channel), error) in wanted.iter_mut().zip(pixel).zip(error) {
                *wanted = (i32::from(channel) + error / part).clamp(0, 255);
            }
            let rank = nearest(colours, wanted);
            indices.push(index(rank));
            let got = colours.get(rank).copied().unwrap_or([0; N]).map(i32::from);
            for channel in 0..N {
                let at = |values: &[i32; N]| values.get(channel).copied().unwrap_or(0);
                let error = at(&wanted) - at(&got);
                let pass = |row: &mut [[i32; N]], x: usize, share: i32| {
                    if let Some(to) = row.get_mut(x).and_then(|to| to.get_mut(channel)) {
                        *to += error * share;
                    }
                };
                pass(&mut here, x + 2, 7);
                pass(&mut below, x, 3);
                pass(&mut below, x + 1, 5);
                pass(&mut below, x + 2, 1);
            }
        }
        std::mem::swap(&mut here, &mut below);
    }
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: usize, height: usize, colour: impl Fn(usize, usize) -> Rgb) -> Vec<u8> {
        (0..width * height)
            .flat_map(|at| {
                let [r, g, b] = colour(at % width, at / width);
                [r, g, b, 255]
            })
            .collect()
    }

    fn back(indexed: &Indexed) -> Vec<Rgb> {
        indexed.pixels.iter().map(|index| indexed.palette[usize::from(*index)]).collect()
    }

    #[test]
    fn few_colours_are_kept_exactly() {
        let rgba = image(60, 60, |x, y| [(x / 10) as u8 * 9, (y / 10) as u8 * 7, 200]);
        assert_eq!(back(&reduce(&rgba, 60)), pixels::<3>(&rgba).collect::<Vec<_>>());
    }

    #[test]
    fn plain_ground_stays_plain_beside_a_gradient() {
        let ground = [251, 249, 244];
        let rgba = image(300, 200, |x, y| if x < 150 { ground } else { [x as u8, y as u8, (x * y % 256) as u8] });
        let indexed = reduce(&rgba, 300);
        assert!(indexed.taken <= BACKGROUND_COLOURS);
        for (at, colour) in back(&indexed).into_iter().enumerate() {
            if at % 300 < 150 {
                assert_eq!(colour, ground);
            }
        }
    }

    #[test]
    fn a_gradient_keeps_its_shade_over_any_small_area() {
        let rgba = image(256, 64, |x, y| [x as u8, 255 - x as u8, y as u8 * 4]);
        let got = back(&reduce(&rgba, 256));
        let want: Vec<Rgb> = pixels::<3>(&rgba).collect();
        for (x, y) in [(8, 8), (100, 30), (200, 50)] {
            for channel in 0..3 {
                let mean = |of: &[Rgb]| -> i32 {
                    let part = (0..8).flat_map(|dy| (0..8).map(move |dx| (x + dx, y + dy)));
                    part.map(|(x, y)| i32::from(of[y * 256 + x][channel])).sum::<i32>() / 64
                };
                assert!((mean(&got) - mean(&want)).abs() <= 6);
            }
        }
    }

    #[test]
    fn the_same_picture_always_gets_the_same_bytes() {
        let rgba = image(200, 100, |x, y| [(x * 3) as u8, (y * 5) as u8, (x ^ y) as u8]);
        let (a, b) = (reduce(&rgba, 200), reduce(&rgba, 200));
        assert_eq!((a.pixels, a.palette), (b.pixels, b.palette));
    }

    #[test]
    fn ranks_have_indices_of_their_own() {
        let mut slots: Vec<_> = (0..256).map(slot).collect();
        slots.sort_unstable();
        assert!(slots.iter().copied().eq(0..=255));
    }

    #[test]
    fn transparency_is_a_channel_and_opaque_colours_come_last() {
        let ramp: Vec<u8> = (0..=255_u8).flat_map(|alpha| [alpha / 2, alpha / 3, alpha, alpha]).collect();
        let few = reduce_transparent(&ramp, 16);
        let back: Vec<u8> = few.pixels.iter().flat_map(|index| few.palette[usize::from(*index)]).collect();
        assert_eq!(back, ramp, "256 colours are kept exactly");
        assert_eq!(few.palette.iter().position(|colour| colour[3] == 255), Some(255));
    }

    #[test]
    fn what_is_clear_or_opaque_stays_so_where_there_are_too_many_colours() {
        let clear = [0; 4];
        let rgba: Vec<u8> = (0..160_000_u32)
            .flat_map(|at| {
                let (x, y) = (at % 400, at / 400);
                if x < 100 { clear } else { [(x % 256) as u8, (y % 256) as u8, (x * y % 256) as u8, 255] }
            })
            .collect();
        let reduced = reduce_transparent(&rgba, 400);
        assert!(reduced.palette.len() <= 256);
        for (at, index) in reduced.pixels.iter().enumerate() {
            let colour = reduced.palette[usize::from(*index)];
            if at % 400 < 100 {
                assert_eq!(colour, clear);
            } else {
                assert_eq!(colour[3], 255);
            }
        }
    }
}
