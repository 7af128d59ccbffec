import { ApiError } from './api-client.ts'
import { printable } from './printable.ts'
import { drawTrace } from './show-trace.ts'
import type { Terminal } from './terminal.ts'
import { readTrace } from './trace-answer.ts'
import { createTracesClient } from './traces-client.ts'
import { UsageError } from './usage-error.ts'

export interface TraceOptions {
  readonly url: string
  readonly json: boolean
  readonly events: boolean
  /** Columns, instead of those of the terminal. */
  readonly width?: number
  /** Most spans; 0: all. */
  readonly limit: number
}

/** `vedette trace ID`: draws a trace. Throws `ApiError`, and `UsageError` for what is no id. */
export async function runTrace(
  id: string,
  options: TraceOptions,
  terminal: Terminal,
): Promise<void> {
  if (!/^[0-9a-fA-F]{1,32}$/.test(id)) {
    throw new UsageError(
      `a trace id has up to 32 hexadecimal digits: ${JSON.stringify(id)} is none`,
    )
  }
  const client = createTracesClient(options.url)
  try {
    const answer = await client.ask(`/api/traces/${id.toLowerCase()}`)
    const spans = readTrace(answer)
    if (spans.length === 0) throw new ApiError(`there is no trace ${id}`)
    if (options.json) terminal.write(safeJson(answer))
    else {
      const { color } = terminal
      const columns = options.width ?? terminal.columns
      terminal.write(drawTrace(id.toLowerCase(), spans, options, { columns, color }))
    }
  } finally {
    await client.close()
  }
}

/** JSON in lines, without characters that a terminal would act on. Ends with a newline. */
export function safeJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).split('\n').map(printable).join('\n')}\n`
}
