export { inertText } from '../support/inert-text.ts';
