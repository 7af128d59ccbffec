import type { Answer } from './answer.ts'
import { EngineFault } from './engine-fault.ts'
import type { Lane } from './lanes.ts'
import { drainPipe } from './result-pipe.ts'
import { quoteString } from './settings.ts'
import type { PlainStatement } from './sql-text.ts'

/** How much an answer may hold where it cannot flow, in bytes. */
const wholeAnswerBytes = 64 * 1024 * 1024

/**
 * Runs a query on a lane and sends its rows through the lane's named pipe: neither the engine nor this process ever holds more
 * than a few hundred kilobytes of them. Resolves when the engine has finished, so the lane may serve the next request. Rejects when the
 * query has failed before its first row; one that fails later ends the answer.
 */
export async function runThroughPipe(
  lane: Lane,
  pipePath: string,
  statement: PlainStatement,
  tag: string,
  format: string,
  answer: Answer,
  giveUp: () => void,
): Promise<void> {
  const into = `INTO OUTFILE ${quoteString(pipePath)} APPEND`
  const sql = `${tag}${statement.sql}\n${into} FORMAT ${format}${statement.tail}`
  const running = lane.run(sql, 'Null')
  const drained = drainPipe(pipePath, running, (chunk) =>
    answer.write(chunk).catch((thrown: unknown) => {
      giveUp()
      throw thrown
    }),
  )
  const [result, reading] = await Promise.allSettled([running, drained])
  if (result.status === 'rejected') {
    if (!answer.hasBegun) throw result.reason
    answer.fail(result.reason)
    return
  }
  if (reading.status === 'rejected' || reading.value !== undefined) {
    answer.fail(reading.status === 'rejected' ? reading.reason : reading.value?.failure)
    return
  }
  await answer.finish({
    resultRows: result.value.rowsRead,
    writtenRows: undefined,
    elapsedNs: result.value.elapsed * 1e9,
  })
}

/** Runs a statement whose answer is small and sends it whole. */
export async function runWhole(
  lane: Lane,
  sql: string,
  format: string,
  answer: Answer,
): Promise<void> {
  const result = await lane.run(sql, format)
  const bytes = result.bytes()
  if (bytes.length > wholeAnswerBytes) {
    throw new EngineFault(
      396,
      'TOO_MANY_ROWS_OR_BYTES',
      `the answer exceeds ${wholeAnswerBytes} bytes`,
    )
  }
  await answer.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  await answer.finish({
    resultRows: result.rowsRead,
    writtenRows: undefined,
    elapsedNs: result.elapsed * 1e9,
  })
}
