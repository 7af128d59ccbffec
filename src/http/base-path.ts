/**
 * The target of a request without the path below which a proxy shows the listener. Proxies that take it off themselves send targets
 * that stay as they are, so that either kind works.
 */
export function withoutBase(target: string, basePath = ''): string {
  if (basePath === '' || !target.startsWith(basePath)) return target
  const rest = target.slice(basePath.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : target
}
