/** Patterns that mean the same to every implementation of RE2: ASCII, without flags but a leading `(?i)` and without rare classes. */
export function isPlainPattern(source: string): boolean {
  const body = source.replace(/^\(\?i\)/, '')
  return (
    /^[ -~]+$/.test(body) &&
    !/\(\?(?!:)/.test(body) &&
    !/\\[^dDwWsS.\-+*?()[\]{}|^$/"':=,]/.test(body)
  )
}

const GROUP_NAME = /^\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/

/**
 * The numbers of the named groups of a pattern that means the same to every implementation of RE2; undefined of any other. Groups are
 * counted from 1 as their parentheses open, those without a name, too.
 */
export function groupsOf(source: string): ReadonlyMap<string, number> | undefined {
  const groups = new Map<string, number>()
  let plain = ''
  let count = 0
  let isInClass = false
  for (let at = 0; at < source.length; at++) {
    const sign = source.charAt(at)
    if (sign === '\\') {
      plain += source.slice(at, at + 2)
      at++
      continue
    }
    if (sign === ']') isInClass = false
    else if (sign === '[') {
      // A class that begins with a bracket, or holds one of the named classes, is not looked through.
      if (isInClass || /^\[\^?\]/.test(source.slice(at, at + 3))) return undefined
      isInClass = true
    }
    plain += sign
    if (sign !== '(' || isInClass) continue
    const name = GROUP_NAME.exec(source.slice(at))
    if (name === null && source.charAt(at + 1) === '?') continue
    count++
    if (name === null) continue
    if (groups.has(name[1] ?? '')) return undefined
    groups.set(name[1] ?? '', count)
    at += name[0].length - 1
  }
  return isPlainPattern(plain) ? groups : undefined
}
