import type { Engine } from './engine.ts'
import { EngineFault } from './engine-fault.ts'
import { Lexer } from './sql-tokens.ts'

/** Table functions that reach nothing outside the engine's own data. */
const harmlessFunctions = new Set(
  `dictionary format fuzzjson fuzzquery generaterandom generateseries generate_series input loop merge mergetreeanalyzeindexes
  mergetreeanalyzeindexesuuid mergetreeindex mergetreeprojection mergetreetextindex null numbers numbers_mt primes
  sqlstandardvalues timeseriesdata timeseriesmetrics timeseriessamples timeseriesselector timeseriestags values view viewexplain
  viewifpermitted zeros zeros_mt`.split(/\s+/),
)
const harmlessEngines =
  /^(.*MergeTree|Log|TinyLog|StripeLog|Memory|Set|Join|Null|Buffer|View|MaterializedView|Merge|TimeSeries|Atomic|Ordinary|Dictionary|GenerateRandom)$/i

/**
 * What a client over TCP may not say, though it has the password: chDB runs with the rights of this process and would read and
 * write any file of the machine, and fetch any address, for whoever names it. The unix socket is for the server itself and is not
 * guarded.
 */
export class RemoteGuard {
  readonly #functions: ReadonlySet<string>

  constructor(functions: Iterable<string>) {
    this.#functions = new Set(functions)
  }

  /** Learns from the engine itself which table functions and scalar functions reach out. */
  static async of(engine: Engine): Promise<RemoteGuard> {
    const answer = await engine.ask('SELECT lower(name) FROM system.table_functions')
    const names = answer.split('\n').filter((name) => name !== '' && !harmlessFunctions.has(name))
    return new RemoteGuard([...names, 'file', 'eval', 'source'])
  }

  /**
   * Throws an EngineFault (ACCESS_DENIED) that names what was refused. `text` is latin1 and holds no rows; `parameters` may stand
   * in it as names.
   */
  check(text: string, parameters: ReadonlyMap<string, string>): void {
    const named = /\bIdentifier\b/.test(text)
    if (named && [...parameters.values()].some(isDefault)) refuse('the database default')
    const lexer = new Lexer(text)
    let before: string | undefined
    for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
      const isName = token.kind === 'word' || token.kind === 'quoted-name'
      const name = token.kind === 'quoted-name' ? token.text.slice(1, -1) : token.text
      // An escape could spell any of the names below.
      if (token.kind === 'quoted-name' && name.includes('\\'))
        refuse('a quoted name with a backslash')
      const following = lexer.peek()?.text
      // Behind a dot it is the name of a table, which may well be `remote`.
      const isCall = isName && following === '(' && before !== '.'
      if (isCall && this.#functions.has(name.toLowerCase())) refuse(`${name}()`)
      if (isName && before === 'ENGINE' && !harmlessEngines.test(name)) refuse(`the engine ${name}`)
      // chDB's own database shows the files of the machine as tables.
      if (isName && following === '.' && isDefault(name)) refuse('the database default')
      if (token.text !== '=') before = token.text
    }
  }

  /** The database a request starts in: never chDB's `default`, which shows the files of the machine as tables. */
  chooseDatabase(asked: string | undefined): string {
    return asked === undefined || isDefault(asked) ? 'system' : asked
  }
}

function isDefault(name: string): boolean {
  return name.toLowerCase() === 'default'
}

function refuse(what: string): never {
  throw new EngineFault(497, 'ACCESS_DENIED', `${what} is not open to clients over the network`, {
    status: 403,
  })
}
