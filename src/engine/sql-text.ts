import { Lexer, syntaxFault } from './sql-tokens.ts'
import type { Token } from './sql-tokens.ts'

/** A statement without data behind it. */
export interface PlainStatement {
  readonly kind: 'read' | 'write' | 'kill' | 'scoped'
  /** The statement without a closing `;`, and for `read` without its FORMAT clause. */
  readonly sql: string
  /** What stood behind the FORMAT clause of a `read` (`SETTINGS …`), to be put back after it. */
  readonly tail: string
  /** The format named in the statement, as written. */
  readonly format: string | undefined
  /** True where the answer is rows that can be written into a pipe with `INTO OUTFILE`. */
  readonly streams: boolean
}

/** An INSERT whose rows follow as bytes. Its texts are raw SQL of the client, kept in the places where they stood. */
export interface DataInsert {
  readonly kind: 'insert'
  /** `db.table`, as written. */
  readonly target: string
  /** What stands inside the column list's brackets, or undefined for all columns. */
  readonly columns: string | undefined
  /** `a = 1, b = 'x'` of a SETTINGS clause. */
  readonly settings: string | undefined
  /** The SELECT that reads from `input(…)`, split around that call, or undefined for a plain insert. */
  readonly select: InputSelect | undefined
  readonly format: string
  /** Byte offset at which the rows begin. */
  readonly dataStart: number
}

export interface InputSelect {
  readonly before: string
  /** The structure argument, a quoted string as written. */
  readonly structure: string
  readonly after: string
}

export type Statement = PlainStatement | DataInsert

const readWords = new Set([
  'SELECT',
  'WITH',
  'FROM',
  '(',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'EXISTS',
  'CHECK',
])
const streamedWords = new Set(['SELECT', 'WITH', 'FROM', '('])
const writeWords = new Set(
  `CREATE ATTACH REPLACE DROP DETACH UNDROP TRUNCATE RENAME EXCHANGE ALTER OPTIMIZE DELETE UPDATE GRANT REVOKE BACKUP RESTORE MOVE
  SYSTEM INSERT`.split(/\s+/),
)
const selectWords = new Set(['SELECT', 'WITH', 'FROM', '('])

/**
 * Reads the one statement of a request. `text` is latin1, one character a byte, and may end with the rows of an INSERT. Throws an
 * EngineFault for several statements, for reading or writing the server's files by name, and for statements of no known kind.
 */
export function readStatement(text: string): Statement {
  const lexer = new Lexer(text)
  const first = lexer.next()
  if (first === undefined) throw syntaxFault('the query is empty')
  if (first.text === 'INSERT') return readInsert(text, lexer, first)
  return readPlain(text, first)
}

/**
 * Like `readStatement` for the beginning of a text whose end has not arrived: an INSERT with rows, or undefined when it cannot be
 * told yet. `complete` says that no more of the statement itself can follow, only rows.
 */
export function readInsertPrefix(text: string, complete: boolean): DataInsert | undefined {
  try {
    const lexer = new Lexer(text)
    const first = lexer.next()
    if (first?.text !== 'INSERT') return undefined
    const statement = readInsert(text, lexer, first)
    if (statement.kind !== 'insert') return undefined
    return complete || statement.dataStart < text.length ? statement : undefined
  } catch {
    return undefined
  }
}

function readPlain(text: string, first: Token): PlainStatement {
  const tokens = readAllTokens(text)
  refuseFilesByName(tokens)
  refuseParallel(tokens)
  const end = tokens.at(-1)?.end ?? text.length
  const whole = { sql: decode(text, 0, end), tail: '', format: undefined, streams: false }
  if (first.text === 'KILL') return { ...whole, kind: 'kill', sql: withoutSync(text, tokens) }
  if (first.text === 'SET' || first.text === 'USE') return { ...whole, kind: 'scoped' }
  const inserts = tokens.filter((token) => token.text === 'INSERT')
  if (inserts.length > 0 && (first.text === 'WITH' || first.text === 'EXPLAIN')) {
    for (const insert of inserts) refuseNestedRows(text, insert, first.text)
    return { ...whole, kind: first.text === 'WITH' ? 'write' : 'read' }
  }
  if (readWords.has(first.text)) return readQuery(text, tokens, first)
  if (!writeWords.has(first.text)) {
    throw syntaxFault(
      `a statement cannot begin with ${JSON.stringify(decode(text, first.start, first.end))}`,
    )
  }
  refuseShutdown(tokens)
  const temporary = tokens.slice(1, 4).some((token) => token.text === 'TEMPORARY')
  return { ...whole, kind: temporary ? 'scoped' : 'write' }
}

/** `WITH … INSERT` and `EXPLAIN INSERT` pass only where no rows can hide in the text. */
function refuseNestedRows(text: string, insert: Token, first: string): void {
  if (readInsert(text, new Lexer(text, insert.end), insert).kind === 'insert') {
    throw syntaxFault(`${first} cannot be combined with an INSERT that carries rows`)
  }
}

/** Takes the FORMAT clause out of a query. */
function readQuery(text: string, tokens: readonly Token[], first: Token): PlainStatement {
  const end = tokens.at(-1)?.end ?? text.length
  const streams = streamedWords.has(first.text)
  for (let at = tokens.length - 2; at > 0; at--) {
    const format = tokens[at]
    const name = tokens[at + 1]
    const following = tokens[at + 2]
    if (format?.text !== 'FORMAT' || name?.kind !== 'word') continue
    if (following !== undefined && following.text !== 'SETTINGS') continue
    return {
      kind: 'read',
      sql: decode(text, 0, format.start),
      tail: decode(text, name.end, end),
      format: decode(text, name.start, name.end),
      streams,
    }
  }
  return { kind: 'read', sql: decode(text, 0, end), tail: '', format: undefined, streams }
}

/** `KILL … SYNC` never returns in chDB: it becomes ASYNC, which is what KILL means without either word. */
function withoutSync(text: string, tokens: readonly Token[]): string {
  const end = tokens.at(-1)?.end ?? text.length
  let sql = ''
  let copied = 0
  for (const token of tokens) {
    if (token.kind !== 'word' || token.text !== 'SYNC') continue
    sql += `${decode(text, copied, token.start)}ASYNC`
    copied = token.end
  }
  return sql + decode(text, copied, end)
}

function readInsert(text: string, lexer: Lexer, insert: Token): Statement {
  if (lexer.peek()?.text === 'INTO') lexer.next()
  if (lexer.peek()?.text === 'TABLE') lexer.next()
  if (lexer.peek()?.text === 'FUNCTION') return readInsertSelect(text, lexer, insert, undefined)
  const target = readTarget(text, lexer)
  const columns = readColumns(text, lexer)
  const settings = readSettings(text, lexer)
  const head = { target, columns, settings }
  const next = lexer.peek()
  if (next === undefined) throw syntaxFault('INSERT needs VALUES, FORMAT or SELECT')
  if (next.text === 'VALUES') {
    return { ...head, kind: 'insert', select: undefined, format: 'Values', dataStart: next.end }
  }
  if (next.text === 'FORMAT') {
    lexer.next()
    const format = readFormatName(text, lexer)
    return {
      ...head,
      kind: 'insert',
      select: undefined,
      format,
      dataStart: skipToRows(text, lexer.position),
    }
  }
  if (selectWords.has(next.text)) return readInsertSelect(text, lexer, insert, head)
  throw syntaxFault(
    `INSERT: ${JSON.stringify(decode(text, next.start, next.end))} instead of VALUES, FORMAT or SELECT`,
  )
}

/** `INSERT INTO t SELECT …`, which has rows behind it only when it reads from `input('structure')`. */
function readInsertSelect(
  text: string,
  lexer: Lexer,
  insert: Token,
  head: Pick<DataInsert, 'target' | 'columns' | 'settings'> | undefined,
): Statement {
  const selectStart = lexer.peek()?.start ?? text.length
  const tokens: Token[] = []
  let format: string | undefined
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.text === ';') break
    if (token.text === 'FORMAT' && token.kind === 'word' && lexer.peek()?.kind === 'word') {
      format = readFormatName(text, lexer)
      break
    }
    tokens.push(token)
  }
  refuseFilesByName(tokens)
  refuseParallel(tokens)
  const end = tokens.at(-1)?.end ?? text.length
  const input = findInputCall(text, tokens, selectStart, end)
  if (input !== undefined && head !== undefined && format !== undefined) {
    return {
      ...head,
      kind: 'insert',
      select: input,
      format,
      dataStart: skipToRows(text, lexer.position),
    }
  }
  if (input !== undefined)
    throw syntaxFault('input() needs INSERT INTO a table and a FORMAT clause')
  refuseMore(lexer)
  const sql = decode(text, insert.start, end)
  const prefix = decode(text, 0, insert.start)
  return { kind: 'write', sql: prefix + sql, tail: '', format: undefined, streams: false }
}

function findInputCall(
  text: string,
  tokens: readonly Token[],
  start: number,
  end: number,
): InputSelect | undefined {
  for (let at = 0; at < tokens.length; at++) {
    const [name, open, structure, close] = tokens.slice(at, at + 4)
    if (name?.text !== 'INPUT' || open?.text !== '(' || close === undefined) continue
    if (structure?.kind !== 'string' || close.text !== ')') {
      throw syntaxFault("input() takes one quoted structure, like input('a UInt8, b String')")
    }
    return {
      before: decode(text, start, name.start),
      structure: decode(text, structure.start, structure.end),
      after: decode(text, close.end, end),
    }
  }
  return undefined
}

/** `db.table`, where either part may be quoted or a `{name:Identifier}` parameter. */
function readTarget(text: string, lexer: Lexer): string {
  const start = lexer.peek()?.start ?? text.length
  let end = start
  for (;;) {
    const part = lexer.next()
    if (part === undefined) throw syntaxFault('INSERT INTO needs a table')
    if (part.text === '{') end = skipTo(lexer, '}')
    else if (part.kind === 'word' || part.kind === 'quoted-name') end = part.end
    else
      throw syntaxFault(
        `INSERT INTO ${JSON.stringify(decode(text, part.start, part.end))}: not a table name`,
      )
    if (lexer.peek()?.text !== '.') return decode(text, start, end)
    lexer.next()
  }
}

function readColumns(text: string, lexer: Lexer): string | undefined {
  const open = lexer.peek()
  if (open?.text !== '(') return undefined
  const inside = new Lexer(text, open.end)
  const first = inside.peek()
  if (first?.kind === 'word' && selectWords.has(first.text)) return undefined
  lexer.next()
  let depth = 1
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.text === ';') break
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    if (depth === 0) return decode(text, open.end, token.start)
  }
  throw syntaxFault('the column list of the INSERT is not closed')
}

const settingsEnders = new Set(['VALUES', 'FORMAT', 'SELECT', 'WITH', 'FROM', ';'])

function readSettings(text: string, lexer: Lexer): string | undefined {
  const word = lexer.peek()
  if (word?.text !== 'SETTINGS') return undefined
  lexer.next()
  const start = lexer.position
  let end = start
  for (;;) {
    const token = lexer.peek()
    // The text ends with its last token: a comment behind it would swallow what is put there.
    if (token === undefined || settingsEnders.has(token.text))
      return decode(text, start, end).trim()
    end = token.end
    lexer.next()
  }
}

function readFormatName(text: string, lexer: Lexer): string {
  const name = lexer.next()
  if (name?.kind !== 'word') throw syntaxFault('FORMAT needs a name')
  return decode(text, name.start, name.end)
}

/** Rows begin behind blanks and at most one line break after the format's name, as ClickHouse has it. */
function skipToRows(text: string, from: number): number {
  const gap = /[ \t\f]*\r?\n?/y
  gap.lastIndex = from
  gap.test(text)
  return gap.lastIndex
}

function skipTo(lexer: Lexer, symbol: string): number {
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.text === symbol) return token.end
  }
  throw syntaxFault(`${symbol} is missing`)
}

/** All tokens before an optional closing `;`. */
function readAllTokens(text: string): Token[] {
  const lexer = new Lexer(text)
  const tokens: Token[] = []
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.text === ';') {
      refuseMore(lexer)
      break
    }
    tokens.push(token)
  }
  return tokens
}

function refuseMore(lexer: Lexer): void {
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.text !== ';')
      throw syntaxFault('Multi-statements are not allowed: send one statement a request')
  }
}

function refuseFilesByName(tokens: readonly Token[]): void {
  tokens.forEach((token, at) => {
    const following = tokens[at + 1]?.text
    const outfile = token.text === 'INTO' && following === 'OUTFILE'
    const infile = token.text === 'FROM' && following === 'INFILE'
    if (outfile || infile) throw syntaxFault(`${token.text} ${following} is not allowed over HTTP`)
  })
}

function refuseParallel(tokens: readonly Token[]): void {
  tokens.forEach((token, at) => {
    if (token.kind === 'word' && token.text === 'PARALLEL' && tokens[at + 1]?.text === 'WITH') {
      throw syntaxFault('PARALLEL WITH is not allowed: send one statement a request')
    }
  })
}

/** These would end or freeze the process behind the supervisor's back; SHUTDOWN never returns in chDB. */
function refuseShutdown(tokens: readonly Token[]): void {
  const [system, verb] = tokens
  if (system?.text === 'SYSTEM' && ['SHUTDOWN', 'KILL', 'SUSPEND'].includes(verb?.text ?? '')) {
    throw syntaxFault(`SYSTEM ${verb?.text} is not allowed: stop the program that runs this engine`)
  }
}

function decode(text: string, start: number, end: number): string {
  return Buffer.from(text.slice(start, end), 'latin1').toString('utf8')
}
