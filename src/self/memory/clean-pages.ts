import { createRequire } from 'node:module'

/** Gives back the clean pages of this process's programs and libraries; answers about how many bytes they were. */
export type GiveBack = () => number

/**
 * Loads what `clean-pages.c` beside this file says, compiled. In the build it is `clean-pages.node` beside the bundle that contains this
 * module, in development it is the one of the last build. `moduleUrl` is the `import.meta.url` of this module, but in tests.
 * Undefined where it was not built (no C compiler) or was built for another kind of machine.
 */
export function loadGiveBack(moduleUrl: string = import.meta.url): GiveBack | undefined {
  const place = moduleUrl.endsWith('.ts') ? '../../../dist/clean-pages.node' : './clean-pages.node'
  try {
    const loaded: unknown = createRequire(moduleUrl)(place)
    return isGiveBack(loaded) ? loaded : undefined
  } catch {
    return undefined
  }
}

/** Whoever built it has built all of it. */
function isGiveBack(loaded: unknown): loaded is GiveBack {
  return typeof loaded === 'function'
}
