import type { Socket } from 'node:net'
import type { ChdbResult } from 'chdb'
import { Answer } from './answer.ts'
import { EngineFault } from './engine-fault.ts'
import type { Lane } from './lanes.ts'
import { finishPipe, openPipe } from './result-pipe.ts'
import { quoteString } from './settings.ts'
import type { PlainStatement } from './sql-text.ts'

/** How much an answer may hold where it cannot flow, in bytes. */
const wholeAnswerBytes = 64 * 1024 * 1024

/**
 * Runs a query on a lane and sends its rows through the lane's named pipe: neither the engine nor this process ever holds more
 * than a few hundred kilobytes of them. Resolves when the engine has finished, so the lane may serve the next request.
 */
export async function runThroughPipe(
  lane: Lane,
  pipePath: string,
  statement: PlainStatement,
  tag: string,
  format: string,
  answer: Answer,
  giveUp: (reason: unknown) => void,
): Promise<void> {
  const into = `INTO OUTFILE ${quoteString(pipePath)} APPEND`
  const sql = `${tag}${statement.sql}\n${into} FORMAT ${format}${statement.tail}`
  const pipe = openPipe(pipePath)
  const reading = readInto(pipe, answer).catch((thrown: unknown) => {
    giveUp(thrown)
    pipe.destroy()
    throw thrown
  })
  // The failure is looked at below; until then it must not count as unhandled.
  reading.catch(() => undefined)
  let result: ChdbResult
  try {
    result = await lane.run(sql, 'Null')
  } catch (thrown) {
    pipe.destroy()
    answer.fail(thrown)
    return
  }
  finishPipe(pipePath)
  try {
    await reading
  } catch (thrown) {
    answer.fail(thrown)
    return
  }
  await answer.finish({
    resultRows: result.rowsRead,
    writtenRows: undefined,
    elapsedNs: result.elapsed * 1e9,
  })
}

async function readInto(pipe: Socket, answer: Answer): Promise<void> {
  for await (const chunk of pipe) await answer.write(chunk)
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
