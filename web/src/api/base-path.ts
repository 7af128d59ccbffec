/** Where the server says that this page is (web/index.html): `/monitoring` below a path of a proxy, '' at the top. */
export const BASE_PATH = readBasePath()

function readBasePath(): string {
  if (typeof document === 'undefined') return ''
  const told = document.querySelector<HTMLMetaElement>('meta[name="vedette-base"]')?.content ?? ''
  // The development server leaves the placeholder.
  return told.startsWith('/') ? told : ''
}

/** A path of this server as a browser asks for it; what is elsewhere, or below already, stays. */
export function withBase(path: string): string {
  return /^\/(?!\/)/.test(path) && !isBelowBase(path) ? BASE_PATH + path : path
}

/** Whether a path is one of this server as browsers see it. */
export function isBelowBase(path: string): boolean {
  return path === BASE_PATH || path.startsWith(`${BASE_PATH}/`) || path.startsWith(`${BASE_PATH}?`)
}
