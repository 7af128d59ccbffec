/** Where a verb shows its answer. */
export interface Terminal {
  /** At least 20. */
  readonly columns: number
  readonly rows: number
  readonly color: boolean
  /** A person looks at the standard output, and lines can be rewritten. */
  readonly isInteractive: boolean
  readonly nowMs: () => number
  readonly write: (text: string) => void
  /** Standard error: remarks that are no part of the answer. */
  readonly remark: (text: string) => void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Without a terminal: wide enough for names, narrow enough for a page of documentation or an e-mail. */
const DEFAULT_COLUMNS = 100
const DEFAULT_ROWS = 30

/** The terminal of this process. */
export function ownTerminal(): Terminal {
  return {
    ...describeOutput(process.stdout, process.env),
    nowMs: Date.now,
    write: (text) => void process.stdout.write(text),
    remark: (text) => void process.stderr.write(text),
  }
}

/**
 * What an output can show. Colours as https://no-color.org and force-color.org say: never with NO_COLOR, always with
 * FORCE_COLOR, otherwise on a terminal that is not `dumb`. COLUMNS counts where there is no terminal to ask.
 */
export function describeOutput(
  output: Output,
  env: Environment,
): Pick<Terminal, 'columns' | 'rows' | 'color' | 'isInteractive'> {
  const isTerminal = output.isTTY === true
  const isDumb = env['TERM'] === 'dumb'
  return {
    columns: Math.max(20, positive(output.columns) ?? positive(env['COLUMNS']) ?? DEFAULT_COLUMNS),
    rows: positive(output.rows) ?? positive(env['LINES']) ?? DEFAULT_ROWS,
    color: isSet(env['NO_COLOR']) ? false : isSet(env['FORCE_COLOR']) || (isTerminal && !isDumb),
    isInteractive: isTerminal && !isDumb,
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

function positive(value: string | number | undefined): number | undefined {
  const number = Number(value ?? 0)
  return Number.isInteger(number) && number > 0 ? Math.min(number, 1000) : undefined
}
