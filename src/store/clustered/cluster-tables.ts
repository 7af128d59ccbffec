import { Problem } from '../../model/problem.ts'

/** How the tables lie on a ClickHouse cluster. */
export interface ClusterSettings {
  /** As `remote_servers` of the servers names it: `[A-Za-z0-9_.-]+`. */
  readonly name: string
  /** Replicated tables; the servers have the macros `shard` and `replica`, and a Keeper. */
  readonly isReplicated: boolean
  /** Several shards: tables `NAME_local` hold the rows, Distributed tables `NAME` before them are written and read. */
  readonly isSharded: boolean
  /** So many replicas have an insert before it counts as done; 'auto' is most of them. Undefined: one. */
  readonly quorum: number | 'auto' | undefined
}

/** Rows of one series, stream or trace are on one shard. */
const SHARD_KEYS: readonly (readonly [column: RegExp, key: string])[] = [
  [/\btrace FixedString\(16\)/, 'sipHash64(trace)'],
  [/\bid UInt64\b/, 'id'],
  [/\bfamily String\b/, 'cityHash64(family)'],
]
const SPAN_TABLES = /^(?:spans|trace_times)(?:_|$)/
/** The same on all servers, written and read where one is connected to. */
const EVERYWHERE: ReadonlySet<string> = new Set(['schema_version', 'schema_lock'])
const TABLE = /\{db\}\.`?(\w+)`?/g
/** A server that is away gets what was told to the cluster when it is back; nobody waits longer than this for it. */
const DDL_SETTINGS = {
  distributed_ddl_task_timeout: 60,
  distributed_ddl_output_mode: 'null_status_on_timeout',
  // Deletions name lines in a table of their own, which does not change meanwhile.
  allow_nondeterministic_mutations: 1,
}

/**
 * Turns statements for one server into those for a cluster. EXPERIMENTAL: proven by the text of the statements only, see
 * docs/cluster-test-plan.md. Statements are those of this program: a form that is not known is an error, so that none is run on one server
 * alone.
 */
export class ClusterTables {
  readonly #settings: ClusterSettings

  constructor(settings: ClusterSettings) {
    if (!/^[A-Za-z0-9_.-]+$/.test(settings.name))
      throw new Problem(
        'bad_data',
        `cluster name ${JSON.stringify(settings.name)} is not [A-Za-z0-9_.-]+`,
      )
    this.#settings = settings
  }

  /** Settings of statements that answer nothing. */
  get commandSettings(): Readonly<Record<string, string | number>> {
    return DDL_SETTINGS
  }

  /** Reading and writing take the same replica as long as it is there, so that what was written is read. */
  get readSettings(): Readonly<Record<string, string | number>> {
    return { load_balancing: 'in_order', distributed_product_mode: 'global' }
  }

  /** An insert is done when the shards have it, and as many replicas as are asked for. */
  get insertSettings(): Readonly<Record<string, string | number>> {
    const { quorum } = this.#settings
    return {
      load_balancing: 'in_order',
      insert_distributed_sync: 1,
      ...(quorum === undefined ? {} : { insert_quorum: quorum, insert_quorum_parallel: 1 }),
    }
  }

  /** A table of the engine's own about one replica of each shard, with the names that tables have for who asks. */
  system(table: 'parts' | 'mutations'): string {
    const { name, isSharded } = this.#settings
    if (!isSharded) return `system.${table}`
    return `(SELECT * REPLACE (replaceRegexpOne(table, '_local$', '') AS table) FROM cluster('${name}', system.${table}))`
  }

  /** What does on all servers what the statement does on one. */
  statements(statement: string): readonly string[] {
    const text = statement.trim()
    if (text.startsWith('CREATE DATABASE ')) return [`${text} ${this.#onCluster}`]
    if (text.startsWith('CREATE TABLE ')) return this.#create(text)
    if (text.startsWith('ALTER TABLE ')) return this.#alter(text)
    if (/^(?:DELETE FROM|TRUNCATE TABLE) /.test(text)) return [this.#onFirstTable(text)]
    if (/^(?:RENAME TABLE|EXCHANGE TABLES) /.test(text)) {
      return [`${this.#local(text)} ${this.#onCluster}`]
    }
    if (text.startsWith('DROP TABLE ')) return this.#drop(text)
    if (text.startsWith('INSERT INTO ')) return [text]
    throw new Problem('internal', `no way is known to run this on a cluster: ${text.slice(0, 80)}`)
  }

  get #onCluster(): string {
    return `ON CLUSTER '${this.#settings.name}'`
  }

  /** The name of the table that holds the rows. */
  #nameOf(table: string): string {
    const isSplit = this.#settings.isSharded && !EVERYWHERE.has(table)
    return `{db}.${isSplit ? `${table}_local` : table}`
  }

  #local(text: string): string {
    return text.replaceAll(TABLE, (_, table: string) => this.#nameOf(table))
  }

  /** The table that is changed is the first that is named; others, in conditions, are read as everybody reads them. */
  #onFirstTable(text: string): string {
    return text.replace(/\{db\}\.`?(\w+)`?/, (_, table: string) => {
      return `${this.#nameOf(table)} ${this.#onCluster}`
    })
  }

  #create(text: string): readonly string[] {
    const found = /^(CREATE TABLE (?:IF NOT EXISTS )?)\{db\}\.`?(\w+)`?([^]*)$/.exec(text)
    const [, head = '', table = '', rest = ''] = found ?? []
    const own = `${head}${this.#nameOf(table)} ${this.#onCluster}${this.#replicated(this.#local(rest), table)}`
    if (!this.#settings.isSharded || EVERYWHERE.has(table)) return [own]
    return [own, this.#front(table, rest)]
  }

  /** The engine of a table; `AS` another table without one takes that of the other, which is replicated already. */
  #replicated(text: string, table: string): string {
    if (!this.#settings.isReplicated) return text
    // The version is one for all shards: every server is a replica of it.
    const place = EVERYWHERE.has(table)
      ? `'/clickhouse/tables/{db_text}/${table}', '{shard}-{replica}'`
      : `'/clickhouse/tables/{uuid}/{shard}', '{replica}'`
    return text
      .replace(
        /\bENGINE = (\w*MergeTree)(?:\(([^)]*)\))?/,
        (_, engine: string, parameters: string | undefined) => {
          return `ENGINE = Replicated${engine}(${place}${parameters ? `, ${parameters}` : ''})`
        },
      )
      .replace('non_replicated_deduplication_window', 'replicated_deduplication_window')
  }

  #front(table: string, definition: string): string {
    const key =
      SHARD_KEYS.find(([column]) => column.test(definition))?.[1] ??
      (SPAN_TABLES.test(table) ? 'sipHash64(trace)' : /\{db\}\./.test(definition) ? 'id' : 'rand()')
    return `CREATE OR REPLACE TABLE {db}.${table} ${this.#onCluster} AS ${this.#nameOf(table)} ENGINE = Distributed('${this.#settings.name}', {db_name}, '${table}_local', ${key})`
  }

  /** A Distributed table is made anew when the columns behind it change: it holds nothing itself. */
  #alter(text: string): readonly string[] {
    const found = /^ALTER TABLE \{db\}\.`?(\w+)`?([^]*)$/.exec(text)
    const [, table = '', rest = ''] = found ?? []
    const own = `ALTER TABLE ${this.#nameOf(table)} ${this.#onCluster}${this.#local(rest)}`
    const changesColumns = /^\s+(?:ADD|DROP|RENAME|MODIFY) COLUMN\b/.test(rest)
    const isSplit = this.#settings.isSharded && !EVERYWHERE.has(table)
    return isSplit && changesColumns ? [own, this.#front(table, '{db}.')] : [own]
  }

  #drop(text: string): readonly string[] {
    const found = /^(DROP TABLE (?:IF EXISTS )?)\{db\}\.`?(\w+)`?(.*)$/.exec(text)
    const [, head = '', table = '', rest = ''] = found ?? []
    const own = `${head}${this.#nameOf(table)} ${this.#onCluster}${rest}`
    if (!this.#settings.isSharded || EVERYWHERE.has(table)) return [own]
    return [`DROP TABLE IF EXISTS {db}.${table} ${this.#onCluster} SYNC`, own]
  }
}
