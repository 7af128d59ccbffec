import { EngineFault } from './engine-fault.ts'
import type { Lane } from './lanes.ts'
import { quoteName, quoteString } from './settings.ts'
import { Lexer } from './sql-tokens.ts'
import type { DataInsert } from './sql-text.ts'

/** A column that an INSERT may fill. */
interface Column {
  readonly name: string
  readonly type: string
  readonly defaultKind: string
  readonly defaultExpression: string
}

/** What DESCRIBE said about tables, kept until a statement may have changed one. */
export class TableShapes {
  readonly #columns = new Map<string, readonly Column[]>()

  clear(): void {
    this.#columns.clear()
  }

  /** Asks once per key; the key holds the database and the table as the request names them. */
  async describe(lane: Lane, key: string, subject: string): Promise<readonly Column[]> {
    const known = this.#columns.get(key)
    if (known !== undefined) return known
    const answer = await lane.run(
      `DESCRIBE ${subject} SETTINGS describe_compact_output = 0`,
      'JSONCompactEachRow',
    )
    const columns = answer
      .text()
      .split('\n')
      .filter((line) => line !== '')
      .map(readColumn)
    if (this.#columns.size > 1000) this.#columns.clear()
    this.#columns.set(key, columns)
    return columns
  }
}

/** Where the rows are and how their session is called. */
export interface InsertSource {
  readonly path: string
  readonly database: string | undefined
  /** False when names stand for parameters, so that nothing may be remembered about them. */
  readonly cacheable: boolean
  readonly deduplicationToken: string | undefined
  /** A comment at the front that names the request. */
  readonly tag: string
}

/** The statement that inserts spooled rows, in a form that carries no row itself. */
export async function planInsert(
  statement: DataInsert,
  source: InsertSource,
  shapes: TableShapes,
  lane: Lane,
): Promise<string> {
  const columns = await resolveColumns(statement, source, shapes, lane)
  const structure =
    statement.select === undefined
      ? quoteString(renderStructure(columns))
      : statement.select.structure
  const file = `file(${quoteString(source.path)}, ${quoteString(statement.format)}, ${structure})`
  const names = columns.map((column) => quoteName(column.name)).join(', ')
  const given = statement.columns === undefined ? '' : ` (${statement.columns})`
  const settings = renderSettings(statement.settings, source.deduplicationToken)
  if (statement.select !== undefined) {
    const { before, after } = statement.select
    return `${source.tag}INSERT INTO ${statement.target}${given}${settings} ${before}${file}${after}`
  }
  return `${source.tag}INSERT INTO ${statement.target} (${names})${settings} SELECT ${names} FROM ${file}`
}

async function resolveColumns(
  statement: DataInsert,
  source: InsertSource,
  shapes: TableShapes,
  lane: Lane,
): Promise<readonly Column[]> {
  if (statement.select !== undefined) return []
  if (!source.cacheable) shapes.clear()
  const key = `${source.database ?? ''} ${statement.target}`
  const all = await shapes.describe(lane, key, `TABLE ${statement.target}`)
  if (statement.columns === undefined) return all.filter((column) => isInsertedByDefault(column))
  const names = readNames(statement.columns)
  if (names === undefined) {
    // `* EXCEPT (…)` and the like: the engine itself says which columns are meant.
    const subject = `TABLE (SELECT ${statement.columns} FROM ${statement.target})`
    return shapes.describe(lane, `${key} (${statement.columns})`, subject)
  }
  const byName = new Map(all.map((column) => [column.name, column]))
  const chosen = names.map((name) => byName.get(name) ?? missing(name, statement.target))
  const chosenNames = new Set(names)
  return chosen.map((column) =>
    dependsOnlyOn(column, chosenNames) ? column : withoutDefault(column),
  )
}

/** Without a list, MATERIALIZED and ALIAS columns are computed and EPHEMERAL ones are not stored. */
function isInsertedByDefault(column: Column): boolean {
  return column.defaultKind === '' || column.defaultKind === 'DEFAULT'
}

/** Names of a plain column list, or undefined when it is something else. */
function readNames(list: string): string[] | undefined {
  const lexer = new Lexer(Buffer.from(list).toString('latin1'))
  const names: string[] = []
  for (;;) {
    const token = lexer.next()
    if (token?.kind !== 'word' && token?.kind !== 'quoted-name') return undefined
    let name = readName(list, token.start, token.end)
    // Parts of a nested column are one name: `n.a`.
    while (lexer.peek()?.text === '.') {
      lexer.next()
      const part = lexer.next()
      if (part?.kind !== 'word' && part?.kind !== 'quoted-name') return undefined
      name += `.${readName(list, part.start, part.end)}`
    }
    names.push(name)
    const comma = lexer.next()
    if (comma === undefined) return names
    if (comma.text !== ',') return undefined
  }
}

function readName(list: string, start: number, end: number): string {
  const raw = Buffer.from(list).subarray(start, end).toString('utf8')
  const quote = raw[0]
  if (quote !== '`' && quote !== '"') return raw
  return raw
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\(.)/gs, '$1')
}

/** A default may name other columns; one that is not among the inserted ones cannot be seen while the rows are read. */
function dependsOnlyOn(column: Column, names: ReadonlySet<string>): boolean {
  if (column.defaultExpression === '') return true
  const text = column.defaultExpression
  const lexer = new Lexer(Buffer.from(text).toString('latin1'))
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.kind !== 'word' && token.kind !== 'quoted-name') continue
    if (lexer.peek()?.text === '(' || /^[0-9]/.test(token.text)) continue
    if (!names.has(readName(text, token.start, token.end))) return false
  }
  return true
}

function withoutDefault(column: Column): Column {
  return { ...column, defaultKind: '', defaultExpression: '' }
}

/** Rows get defaults for fields they leave out, as they would in ClickHouse: the structure carries the expressions. */
function renderStructure(columns: readonly Column[]): string {
  return columns
    .map(({ name, type, defaultExpression }) => {
      const byDefault = defaultExpression === '' ? '' : ` DEFAULT ${defaultExpression}`
      return `${quoteName(name)} ${type}${byDefault}`
    })
    .join(', ')
}

function renderSettings(written: string | undefined, token: string | undefined): string {
  const parts = written === undefined || written === '' ? [] : [written]
  if (token !== undefined) parts.push(`insert_deduplication_token = ${quoteString(token)}`)
  return parts.length === 0 ? '' : ` SETTINGS ${parts.join(', ')}`
}

function readColumn(line: string): Column {
  const row: unknown = JSON.parse(line)
  if (!Array.isArray(row)) throw new Error('DESCRIBE answered something that is not a row')
  const cells: readonly unknown[] = row
  const [name, type, defaultKind, defaultExpression] = cells
  return {
    name: String(name),
    type: String(type),
    defaultKind: String(defaultKind),
    defaultExpression: String(defaultExpression),
  }
}

function missing(name: string, target: string): never {
  throw new EngineFault(
    16,
    'NO_SUCH_COLUMN_IN_TABLE',
    `No such column ${name} in table ${target}`,
    { status: 404 },
  )
}
