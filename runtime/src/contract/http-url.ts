/** What is wrong with URLs of the settings, without the URLs: their paths and queries may hold secrets. */

/** Of an http sink. */
export function urlProblem(text: string): string | undefined {
  // The URL standard mends much that other readers of these settings, such as whoever opens ports for them, take for something else.
  if (!isStrictUrl(text)) return urlShape;
  const url = new URL(text);
  if (url.port === '0') return 'must not name port 0';
  if (url.username !== '' || url.password !== '')
    return 'must not hold user and password: set the option basic, from files or variables';
  return url.hash === '' ? undefined : "must not have a fragment ('#')";
}

export const urlShape = 'must be a URL that begins with http:// or https://, without spaces and backslashes';

/** Of a proxy. @param isSecret whether it may hold user and password */
export function proxyProblem(text: string, isSecret: boolean): string | undefined {
  if (!isStrictUrl(text) || !/^http:/i.test(text)) return proxyShape;
  const url = new URL(text);
  if (url.port === '0') return 'must not name port 0';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return proxyShape;
  return isSecret || (url.username === '' && url.password === '')
    ? undefined
    : 'must not hold user and password: set it as {"file": PATH} or {"env": NAME}';
}

export const proxyShape = 'must be the URL of a proxy, such as http://proxy.example:3128';

function isStrictUrl(text: string): boolean {
  return /^https?:\/\/[^/\s\\\p{Cc}][^\s\\\p{Cc}]*$/iu.test(text) && URL.canParse(text);
}
