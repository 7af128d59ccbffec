import {
  compileCondition,
  compileStatement,
  inferContext,
  type Condition,
  type Statement,
  type Surroundings,
} from '../ottl/compile.ts'
import { OttlFault } from '../ottl/lex.ts'
import type { OttlContext } from '../ottl/path.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** The text of an expression: `$$` is one `$`, as in the collector's files, and `${…}` is filled in. */
function readText(node: YamlNode): string | undefined {
  const raw = node.asRawString()
  if (raw === undefined) return node.isEmpty ? node.error('must not be empty') : undefined
  return raw.includes('${') && !raw.includes('$${') ? node.asString() : raw.replaceAll('$$', '$')
}

/** Runs what throws `OttlFault`, and reports it where it stands in the text. */
function located<T>(node: YamlNode, run: (text: string) => T): T | undefined {
  const text = readText(node)
  if (text === undefined) return undefined
  try {
    return run(text)
  } catch (thrown) {
    if (!(thrown instanceof OttlFault)) throw thrown
    return node.errorWithin(thrown.start, thrown.message)
  }
}

/** Reads a list of conditions of OTTL. */
export function readConditions(node: YamlNode, where: Surroundings): readonly Condition[] {
  const items = node.asList() ?? []
  return items.flatMap((item) => located(item, (text) => compileCondition(text, where)) ?? [])
}

/** Reads one statement; its context is that of its paths, or else `fallback`. */
export function readStatement(
  node: YamlNode,
  {
    signal,
    context,
  }: { readonly signal: Surroundings['signal']; readonly context: OttlContext | undefined },
  fallback: OttlContext,
): { readonly run: Statement; readonly context: OttlContext } | undefined {
  return located(node, (text) => {
    const found = context ?? inferContext(text, true) ?? fallback
    return { run: compileStatement(text, { signal, context: found }), context: found }
  })
}

/** The same for a condition. */
export function readCondition(
  node: YamlNode,
  {
    signal,
    context,
  }: { readonly signal: Surroundings['signal']; readonly context: OttlContext | undefined },
  fallback: OttlContext,
): Condition | undefined {
  return located(node, (text) =>
    compileCondition(text, { signal, context: context ?? inferContext(text, false) ?? fallback }),
  )
}

/** `error_mode`: nothing fails here while it runs, so that all three are the same. */
export function readErrorMode(node: YamlNode): void {
  node.asOneOf(['ignore', 'silent', 'propagate'])
}
