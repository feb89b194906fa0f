// Lives here: decoding the numbers and texts of the page. Independent of: what they mean.

const TYPES = { "<f8": Float64Array, "<f4": Float32Array, "<u4": Uint32Array, "|u1": Uint8Array };

function bytesOfBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text),
    bytes = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k += 1) bytes[k] = binary.charCodeAt(k);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// An array whose bytes are sorted by their place within a number.
function arrayOf(bytes, entry) {
  const Kind = TYPES[entry.dtype],
    width = Kind.BYTES_PER_ELEMENT,
    size = entry.size;
  const sorted = new Uint8Array(size * width);
  for (let place = 0; place < width; place += 1) {
    const start = place * size;
    for (let k = 0; k < size; k += 1) sorted[k * width + place] = bytes[start + k];
  }
  const array = new Kind(sorted.buffer);
  if (entry.delta) for (let k = 1; k < size; k += 1) array[k] += array[k - 1];
  return array;
}

// { header, arrays } of the block that Python has written.
async function decodePayload(text) {
  const block = await inflate(bytesOfBase64(text.trim()));
  const length = Number(new DataView(block.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(block.subarray(8, 8 + length)));
  const arrays = {};
  let start = 8 + length;
  for (const entry of header.arrays) {
    const end = start + entry.size * TYPES[entry.dtype].BYTES_PER_ELEMENT;
    arrays[entry.name] = arrayOf(block.subarray(start, end), entry);
    start = end;
  }
  return { header, arrays };
}
