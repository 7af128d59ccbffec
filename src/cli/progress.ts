/** What `withProgress` lends to the work that it waits for. */
export interface Progress {
  /** Writes a line of a log to standard error, above the line that shows the progress. */
  readonly writeLine: (line: string) => void
}

interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const REDRAW_MS = 200
const CLEAR = '\r\u001b[2K'

/**
 * Shows `title` with the seconds so far while the work runs, as one line that is rewritten on a terminal and vanishes at the
 * end; elsewhere nothing, because there the log tells the same.
 */
export async function withProgress<T>(
  title: string,
  work: (progress: Progress) => Promise<T>,
  stream: Stream = process.stderr,
): Promise<T> {
  if (stream.isTTY !== true) {
    return work({ writeLine: (line) => void stream.write(line) })
  }
  const startedMs = performance.now()
  let isRunning = true
  const draw = (): void => {
    const seconds = (performance.now() - startedMs) / 1000
    stream.write(`${CLEAR}vedette: ${title} · ${seconds.toFixed(1)} s`)
  }
  draw()
  const timer = setInterval(draw, REDRAW_MS)
  try {
    return await work({
      writeLine: (line) => {
        stream.write(isRunning ? CLEAR + line : line)
        if (isRunning) draw()
      },
    })
  } finally {
    isRunning = false
    clearInterval(timer)
    stream.write(CLEAR)
  }
}
