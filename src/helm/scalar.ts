/** Scalars in a form that YAML 1.1, which Go reads, and 1.2 read alike. */

const plain = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;

/** What YAML 1.1 takes for something else than text. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null|~)$/i;

export function yamlScalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return plain.test(value) && !reserved.test(value) ? value : JSON.stringify(value);
}

export function yamlKey(key: string): string {
  return yamlScalar(key);
}
