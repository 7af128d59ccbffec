import type { PatternNode } from '../pattern.ts'

/**
 * Matches the text of a line against the pattern of the parser `pattern`. A capture goes up to the next text of the pattern; where
 * that does not come, it takes what is left, and the pattern ends there: then there are fewer texts than named captures.
 */
export function matchPattern(nodes: readonly PatternNode[], text: string): string[] {
  const captures: string[] = []
  if (text === '') return captures
  let rest = text
  let capture: string | undefined
  for (const [i, node] of nodes.entries()) {
    if ('capture' in node) {
      capture = node.capture
      continue
    }
    const at = rest.indexOf(node.literal)
    if (i === 0 && at !== 0) return captures
    if (capture !== undefined && capture !== '_') captures.push(at < 0 ? rest : rest.slice(0, at))
    if (at < 0) return captures
    rest = rest.slice(at + node.literal.length)
    capture = undefined
  }
  if (capture !== undefined && capture !== '_') captures.push(rest)
  return captures
}

/** Whether a text fits the pattern of a line filter (`|>`): from its beginning to its end, no capture empty. */
export function testPattern(nodes: readonly PatternNode[], text: string): boolean {
  if (text === '' || nodes.length === 0) return text === '' && nodes.length === 0
  let offset = 0
  for (const [i, node] of nodes.entries()) {
    if ('capture' in node) continue
    const at = text.indexOf(node.literal, offset)
    if (at < 0 || (i !== 0 && at === offset)) return false
    offset = at + node.literal.length
  }
  const last = nodes.at(-1)
  const mustGoOn = last !== undefined && 'capture' in last
  return mustGoOn === offset < text.length
}
