// Where this checkout is, and whether this Node can run it. Plain Node, because it is needed before `npm ci`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of the checkout, without a trailing slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/**
 * Ends the process with a clear message when Node is older than `engines.node` of package.json allows:
 * otherwise the first sign of it would be a syntax error in some dependency.
 */
export function requireSupportedNode() {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8')
  const { engines } = /** @type {{ engines: { node: string } }} */ (JSON.parse(manifest))
  const [wantedMajor = 0, wantedMinor = 0] = numbersOf(engines.node)
  const [major = 0, minor = 0] = numbersOf(process.versions.node)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  process.stderr.write(
    `vedette: needs Node.js ${wantedMajor}.${wantedMinor} or newer, this is ${process.versions.node} (${process.execPath})\n`,
  )
  process.exit(1)
}

/** @param {string} version */
function numbersOf(version) {
  return (version.match(/\d+/g) ?? []).map(Number)
}
