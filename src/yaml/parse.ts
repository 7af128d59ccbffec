import { Composer, isAlias, isMap, isSeq, Lexer, LineCounter, Parser } from 'yaml'
import type { Alias, CST, Document, ParsedNode } from 'yaml'
import { readFileSync } from 'node:fs'
import type { ExpansionSource } from './expand.ts'
import type { FaultList } from './fault.ts'
import { YamlNode, type YamlContext } from './node.ts'

/** Bounds on one document; each has a message of its own. */
const MAX_DOCUMENT_CHARS = 8 * 1024 * 1024
const MAX_DEPTH = 100
/** Nodes after every alias has been replaced by what it stands for. */
const MAX_EXPANDED_NODES = 1_000_000

export interface YamlSource {
  /** The name that faults show. */
  readonly file: string
  /** Takes syntax errors, and later what readers of the nodes find. */
  readonly faults: FaultList
  /** What `${VAR}` is replaced from; without it scalars stay as they are written. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Reads the file of a `${file:PATH}` secret; by default from disk. */
  readonly readFile?: (path: string) => string
}

/**
 * Parses one YAML document into nodes that know where they stand. Returns undefined when the text is not YAML or passes a
 * bound; `source.faults` then says where. An empty document is a node without content. Nothing is resolved or checked yet:
 * scalars get a type when a reader asks for one.
 */
export function parseYaml(text: string, source: YamlSource): YamlNode | undefined {
  const lines = new LineCounter()
  const fail = (offset: number, message: string): undefined => {
    const at = offset < 0 ? { line: 0, col: 0 } : lines.linePos(offset)
    source.faults.add({ file: source.file, ...at, message, severity: 'error' })
  }
  if (text.length > MAX_DOCUMENT_CHARS) {
    return fail(
      -1,
      `the document has ${text.length} characters, at most ${MAX_DOCUMENT_CHARS} are read`,
    )
  }
  addLines(text, lines)
  const tokens = tokenize(text)
  if (typeof tokens === 'number') {
    return fail(tokens, `nested deeper than ${MAX_DEPTH} levels`)
  }
  const [document, second] = compose(tokens, text.length)
  if (!document) return fail(0, 'not a YAML document')
  for (const error of document.errors)
    fail(error.pos[0], `not valid YAML: ${describe(error.message)}`)
  if (document.errors.length > 0) return undefined
  if (second) {
    const at = lines.linePos(second.range[0])
    const message = 'a second document in the same file is not read'
    source.faults.add({ file: source.file, ...at, message, severity: 'warning' })
  }
  const aliases = resolveAliases(document.contents)
  if (!(aliases instanceof Map)) return fail(aliases.offset, aliases.message)
  const context: YamlContext = {
    file: source.file,
    text,
    faults: source.faults,
    lines,
    aliases,
    expansion: expansionOf(source),
  }
  return YamlNode.root(context, document.contents)
}

function expansionOf(source: YamlSource): ExpansionSource | undefined {
  if (source.env === undefined) return undefined
  return {
    env: source.env,
    readFile: source.readFile ?? ((path) => readFileSync(path, 'utf8')),
  }
}

function addLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    lines.addNewLine(at + 1)
}

/** The concrete syntax, or the offset at which nesting passes its bound (composing recurses, so it must not go deeper). */
function tokenize(text: string): CST.Token[] | number {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  // The parser's stack holds the document, then a collection a level, then the scalar.
  const maxStack = MAX_DEPTH + 2
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > maxStack) return parser.offset
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/** Every scalar stays text (`failsafe`), because which words are numbers or booleans depends on who reads them. */
function compose(tokens: readonly CST.Token[], endOffset: number): Document.Parsed[] {
  const composer = new Composer({
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  })
  return [...composer.compose(tokens, true, endOffset)]
}

/** The library's messages are written for programmers of YAML libraries; the usual ones get a hint. */
function describe(message: string): string {
  const hint = /Nested mappings are not allowed in compact mappings/.test(message)
    ? ' (is a value with a colon not quoted, or the indentation wrong?)'
    : /(?:Tabs are not allowed|tab characters must not)/i.test(message)
      ? ' (use spaces)'
      : /Implicit keys need to be on a single line|Implicit map keys need to be followed/.test(
            message,
          )
        ? ' (is a colon missing?)'
        : ''
  return message + hint
}

/**
 * What each alias stands for: the last anchor of its name before it. Refuses an alias without an anchor, one inside what it
 * stands for, and a document that grows past its bound when aliases are followed ("billion laughs").
 */
function resolveAliases(
  root: ParsedNode | null,
): Map<Alias, ParsedNode> | { offset: number; message: string } {
  const anchors = new Map<string, ParsedNode>()
  const targets = new Map<Alias, ParsedNode>()
  const sizes = new Map<ParsedNode, number>()
  let fault: { offset: number; message: string } | undefined
  const visitAlias = (alias: Alias.Parsed): number => {
    const target = anchors.get(alias.source)
    const size = target && sizes.get(target)
    if (!target || size === undefined) {
      const reason = target ? 'stands inside what it stands for' : 'has no anchor before it'
      fault ??= { offset: alias.range[0], message: `*${alias.source}: the alias ${reason}` }
      return 1
    }
    targets.set(alias, target)
    return size
  }
  const visit = (node: ParsedNode | null | undefined): number => {
    if (!node) return 1
    if (isAlias(node)) return visitAlias(node)
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    let size = 1
    if (isMap(node)) for (const pair of node.items) size += visit(pair.key) + visit(pair.value)
    else if (isSeq(node)) for (const item of node.items) size += visit(item)
    sizes.set(node, size)
    if (size > MAX_EXPANDED_NODES) {
      const message = `aliases make more than ${MAX_EXPANDED_NODES} nodes of the document`
      fault ??= { offset: node.range[0], message }
    }
    return size
  }
  visit(root)
  return fault ?? targets
}
