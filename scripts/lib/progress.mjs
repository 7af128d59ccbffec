// Lines that tell a person what a long step is doing. They go to stderr, so that the output of a verb stays clean.

/**
 * Shows `title` with the seconds so far while `work` runs, and a closing line when it is over. On a terminal
 * one line is rewritten twice a second; elsewhere (CI logs) a line is added every 10 seconds.
 *
 * @template T
 * @param {string} title
 * @param {(report: (detail: string) => void) => Promise<T>} work gets a function that sets the text behind the title
 * @returns {Promise<T>}
 */
export async function withProgress(title, work) {
  const isTerminal = process.stderr.isTTY
  const startedMs = Date.now()
  let detail = ''
  const line = () => `vedette: ${title}${detail && ` · ${detail}`} · ${seconds(startedMs)}`
  const draw = () => process.stderr.write(isTerminal ? `\r\x1b[2K${line()}` : `${line()}\n`)
  if (isTerminal) draw()
  else process.stderr.write(`vedette: ${title} …\n`)
  const timer = setInterval(draw, isTerminal ? 500 : 10_000)
  try {
    const result = await work((text) => {
      detail = text
    })
    process.stderr.write(
      `${isTerminal ? '\r\x1b[2K' : ''}vedette: ${title}: done in ${seconds(startedMs)}\n`,
    )
    return result
  } catch (error) {
    process.stderr.write(
      `${isTerminal ? '\r\x1b[2K' : ''}vedette: ${title}: failed after ${seconds(startedMs)}\n`,
    )
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** @param {number} startedMs */
function seconds(startedMs) {
  return `${((Date.now() - startedMs) / 1000).toFixed(1)} s`
}
