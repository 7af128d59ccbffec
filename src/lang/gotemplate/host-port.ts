/** `host:port` in its parts (net.SplitHostPort); undefined when it is none. A host in brackets loses them. */
export function splitHostPort(text: string): { host: string; port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(text)
  const found = bracketed ?? /^([^:[\]]*):([^:[\]]*)$/.exec(text)
  if (!found) return undefined
  return { host: found[1] ?? '', port: found[2] ?? '' }
}

/** `host:port`, with brackets around an address of IPv6 (net.JoinHostPort). */
export function joinHostPort(host: string, port: string): string {
  return host.includes(':') || host.includes('%') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether a text is an address of IPv4 or IPv6 (net.ParseIP). */
export function isAddress(text: string): boolean {
  return isVersion4(text) || isVersion6(text)
}

function isVersion4(text: string): boolean {
  const parts = text.split('.')
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  )
}

function isVersion6(text: string): boolean {
  if (!text.includes(':')) return false
  let rest = text
  let count = 8
  const lastColon = rest.lastIndexOf(':')
  if (rest.slice(lastColon + 1).includes('.')) {
    if (!isVersion4(rest.slice(lastColon + 1))) return false
    rest = `${rest.slice(0, lastColon)}:0`
    count = 7
  }
  const halves = rest.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  return halves.length === 2 ? groups.length < count : groups.length === count
}
