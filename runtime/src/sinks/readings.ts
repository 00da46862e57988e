/**
 * What a text may mean: itself, and what is left when it is decoded from JSON, HTML, percent-encoding or a form, up to three times in any order.
 * Each reading knows where its characters come from.
 */

export interface Reading {
  readonly text: string;
  /** For each UTF-16 unit of `text`: where what it was decoded from begins and ends in the original. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** JSON in JSON in HTML is what servers behind servers answer. */
const mostDecodings = 3;

/** Distinct readings; the text itself is the first. */
export function readingsOf(text: string): readonly Reading[] {
  const units = Array.from({ length: text.length }, (_, index) => index);
  const known = new Map<string, Reading>([[text, { text, from: units, to: units.map((index) => index + 1) }]]);
  let latest = [...known.values()];
  for (let decoding = 0; decoding < mostDecodings && latest.length > 0; decoding += 1) {
    const next = latest.flatMap((reading) => decoders.map((decoder) => decoded(reading, decoder)));
    latest = next.filter((reading) => !known.has(reading.text) && known.set(reading.text, reading));
  }
  return [...known.values()];
}

/** Cuts off an end that may be the beginning of an encoded character. */
export function withoutHalfCharacter(text: string): string {
  return text.replace(/(?:[%\\&][^%\\&\s]{0,11}){1,4}$/, '');
}

interface Decoder {
  readonly pattern: RegExp;
  /** @returns undefined where the match stands for itself */
  readonly decode: (...match: readonly (string | undefined)[]) => string | undefined;
}

function decoded({ text, from, to }: Reading, { pattern, decode }: Decoder): Reading {
  const parts: string[] = [];
  const [begins, ends]: [number[], number[]] = [[], []];
  const push = (part: string, begin: number | undefined, end: number | undefined) => {
    parts.push(part);
    for (let unit = 0; unit < part.length; unit += 1) {
      begins.push(begin ?? 0);
      ends.push(end ?? 0);
    }
  };
  let position = 0;
  for (const match of text.matchAll(pattern)) {
    const meant = decode(...match);
    if (meant === undefined) continue;
    for (; position < match.index; position += 1) push(text.charAt(position), from[position], to[position]);
    position += match[0].length;
    push(meant, from[match.index], to[position - 1]);
  }
  for (; position < text.length; position += 1) push(text.charAt(position), from[position], to[position]);
  return { text: parts.join(''), from: begins, to: ends };
}

/** The last also of what is no JSON, such as Python's. */
const json: Decoder = {
  pattern: /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(["'\\/bfnrt]))/gi,
  decode: (_, unit, byte, letter = '') =>
    unit === undefined && byte === undefined
      ? (jsonLetters.get(letter) ?? (/[a-z]/i.test(letter) ? undefined : letter))
      : String.fromCharCode(Number.parseInt(unit ?? byte ?? '', 16)),
};

const jsonLetters: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

const html: Decoder = {
  pattern: /&(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,16}[0-9]{0,2}));?/gi,
  decode: (_, decimal, hex, name = '') =>
    decimal === undefined && hex === undefined
      ? entities.get(name)
      : character(Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10)),
};

function character(codePoint: number): string | undefined {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined;
}

/** Of ASCII, several of some. */
const asciiEntities =
  '\tTab \nNewLine !excl "quot "QUOT #num $dollar %percnt &amp &AMP \'apos (lpar )rpar *ast *midast +plus ,comma .period /sol :colon ;semi <lt <LT =equals >gt >GT ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack ^Hat _lowbar _UnderBar `grave {lcub {lbrace |verbar |vert |VerticalLine }rcub }rbrace';

/** From U+00A0 on. */
const latinEntities =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';

const entities: ReadonlyMap<string, string> = new Map([
  ...asciiEntities.split(' ').map((entity) => [entity.slice(1), entity.charAt(0)] as const),
  ...latinEntities.split(' ').map((name, index) => [name, String.fromCharCode(0xa0 + index)] as const),
]);

/** One character of UTF-8 at a time; what is none is a byte of Latin-1. */
const percent: Decoder = {
  pattern:
    /%(?:[0-7][0-9a-f]|[cd][0-9a-f]%[89ab][0-9a-f]|e[0-9a-f](?:%[89ab][0-9a-f]){2}|f[0-7](?:%[89ab][0-9a-f]){3}|[0-9a-f]{2})/gi,
  decode: (match = '') => {
    const bytes = Buffer.from(match.replaceAll('%', ''), 'hex');
    return bytes.toString(bytes.length === 1 ? 'latin1' : 'utf8');
  },
};

const form: Decoder = { pattern: /\+/g, decode: () => ' ' };

const decoders = [json, html, percent, form] as const;
