/** The little XML that S3 speaks, read from outside: a missing tag is an empty text. */

export function textIn(xml: string, tag: string): string {
  return unescaped(new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '');
}

/** What stands between each pair of the tag. */
export function partsOf(xml: string, tag: string): readonly string[] {
  const found: string[] = [];
  const [open, close] = [`<${tag}>`, `</${tag}>`];
  for (let at = xml.indexOf(open); at !== -1; ) {
    const end = xml.indexOf(close, at);
    if (end === -1) {
      break;
    }
    found.push(xml.slice(at + open.length, end));
    at = xml.indexOf(open, end);
  }
  return found;
}

/** A key of a listing that was asked for with `encoding-type=url`: a space is `+` there, a plus is `%2B`. */
export function keyIn(xml: string, tag: string, isEncoded: boolean): string {
  const text = textIn(xml, tag);
  if (!isEncoded) {
    return text;
  }
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|apos|amp|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g, (whole, decimal, hex) => {
    if (decimal !== undefined || hex !== undefined) {
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    }
    return { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' }[whole as '&amp;'] ?? whole;
  });
}
