/** `299 - "text"`, as often as the server has something to say, with `\"` and `\\` inside the quotes. */
const warning = /\b[0-9]{3} \S+ "((?:[^"\\]|\\.)*)"/g;

/** The texts in a `Warning` header (RFC 7234 §5.5), as the API server wrote them. */
export function warningTexts(header: string): readonly string[] {
  return [...header.matchAll(warning)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}
