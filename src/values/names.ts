import { severalNamespaces } from '../../runtime/src/contract/watched-namespace.ts';

/** Names that Kubernetes takes. Go's regular expressions know no look-ahead, so length and dots are told less exactly than the API server does. */
export const objectName = { pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$' };
export const nameOrNothing = { pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$' };
/** Lists and patterns are let through: templates say why they are refused, which a schema could not. */
export const watchedNamespace = { pattern: `^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$|${severalNamespaces.source}` };
export const dataKey = { pattern: '^[.]?[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,251}$' };
