/** A piece of a pattern: text as it stands, or a capture; the capture `_` has no name. */
export type PatternNode = { readonly literal: string } | { readonly capture: string }

/** A pattern that cannot be used; the message is worded as Loki's. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

const CAPTURE = /<([A-Za-z_][A-Za-z0-9_]*)>/g

/** Splits a pattern such as `<ip> - <_> "<method>"` (pkg/logql/log/pattern). */
function parsePattern(text: string): PatternNode[] {
  const nodes: PatternNode[] = []
  let last = 0
  for (const found of text.matchAll(CAPTURE)) {
    if (found.index > last) nodes.push({ literal: text.slice(last, found.index) })
    nodes.push({ capture: found[1] ?? '' })
    last = found.index + found[0].length
  }
  if (last < text.length) nodes.push({ literal: text.slice(last) })
  return nodes
}

function refuseNeighbours(nodes: readonly PatternNode[]): void {
  for (const [i, node] of nodes.entries()) {
    const next = nodes[i + 1]
    if (next && 'capture' in node && 'capture' in next) {
      const both = `<${node.capture}><${next.capture}>`
      throw new PatternError(`found consecutive capture '${both}': invalid expression`)
    }
  }
}

/** The pattern of the parser `pattern`: with at least one named capture, none named twice. Throws `PatternError`. */
export function parseCapturePattern(text: string): PatternNode[] {
  const nodes = parsePattern(text)
  const names = nodes.flatMap((node) =>
    'capture' in node && node.capture !== '_' ? [node.capture] : [],
  )
  if (names.length === 0) throw new PatternError('at least one capture is required')
  refuseNeighbours(nodes)
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) {
      throw new PatternError(`duplicate capture name (${name}): invalid expression`)
    }
  }
  return nodes
}

/** The pattern of a line filter (`|>`): without named captures. Throws `PatternError`. */
export function parseLinePattern(text: string): PatternNode[] {
  const nodes = parsePattern(text)
  refuseNeighbours(nodes)
  for (const node of nodes) {
    if ('capture' in node && node.capture !== '_') {
      throw new PatternError(`named captures are not allowed: found '<${node.capture}>'`)
    }
  }
  return nodes
}
