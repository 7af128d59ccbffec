import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** How the engine's process is started with `child_process.fork`. */
export interface ForkArguments {
  readonly modulePath: string
  readonly execArgv: string[]
}

/** The child's JavaScript holds one request's SQL and some buffers; rows are never on its heap for long. */
const heapOptions = ['--max-old-space-size=128', '--max-semi-space-size=1']

/**
 * In the build, the child is `engine.js` beside the bundle that contains this module; in development it is `child.ts` beside this
 * file, run through tsx. `moduleUrl` is the `import.meta.url` of the caller's module.
 */
export function computeForkArguments(moduleUrl: string): ForkArguments {
  const folder = dirname(fileURLToPath(moduleUrl))
  if (!moduleUrl.endsWith('.ts'))
    return { modulePath: join(folder, 'engine.js'), execArgv: heapOptions }
  const loader = pathToFileURL(createRequire(moduleUrl).resolve('tsx')).href
  return { modulePath: join(folder, 'child.ts'), execArgv: ['--import', loader, ...heapOptions] }
}
