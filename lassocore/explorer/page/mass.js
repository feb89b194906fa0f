// Lives here: thousands of lines as a picture of their density. Independent of: axes, colours of single lines.

const SINGLE = 0.22,
  MOST_OPAQUE = 0.92; // opacity of one line, and of most lines together

// Draw many lines into an image: every pixel is as opaque as many lines pass through it.
class Mass {
  // columns: for each pixel column the alpha k before it and the share t of the way to the next; scale: values to
  // pixels.
  constructor(width, height, columns, scale) {
    Object.assign(this, { width, height, columns, scale });
    this.counts = new Float32Array(width * height);
  }

  // Add a line given by its values at all alphas, which are 0 outside [first, last].
  add(values, first, last) {
    const { width, height, counts, columns, scale } = this;
    const { k: levels, t: shares, from } = columns;
    const begin = from[Math.max(first - 1, 0)],
      end = Math.min(from[last + 1] ?? width, width);
    const bottom = scale.bottom - scale.low * scale.perUnit;
    let before = -1;
    for (let c = begin; c < end; c += 1) {
      const k = levels[c],
        t = shares[c];
      const value = t === 0 ? values[k] : values[k] + t * (values[k + 1] - values[k]);
      const y = bottom + value * scale.perUnit;
      const row = Math.floor(y),
        share = y - row;
      if (row < 0 || row + 1 >= height) {
        before = -1;
        continue;
      }
      if (before < 0 || Math.abs(row - before) <= 1) {
        counts[row * width + c] += 1 - share;
        counts[(row + 1) * width + c] += share;
      } else {
        const step = row > before ? 1 : -1;
        for (let r = before + step; r !== row + step; r += step) counts[r * width + c] += 1;
      }
      before = row;
    }
  }

  // The picture in one colour: from a single line to where most lines meet, opacity rises with the logarithm of how
  // many there are.
  image([red, green, blue]) {
    const image = new ImageData(this.width, this.height),
      pixels = image.data,
      counts = this.counts;
    const most = counts.reduce((high, count) => Math.max(high, count), 2);
    const rate = (MOST_OPAQUE - SINGLE) / Math.log(most);
    for (let i = 0; i < counts.length; i += 1) {
      const count = counts[i];
      if (count === 0) continue;
      pixels[4 * i] = red;
      pixels[4 * i + 1] = green;
      pixels[4 * i + 2] = blue;
      pixels[4 * i + 3] = 255 * (count < 1 ? SINGLE * count : SINGLE + rate * Math.log(count));
    }
    return image;
  }
}

// [red, green, blue] of #rrggbb.
function rgbOf(color) {
  const number = parseInt(color.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
