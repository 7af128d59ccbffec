// The first thing that vitest does for tests that start bin/vedette: otherwise the first of these would build what is stale, in the time
// that a server has to be ready.
import { prepareDist } from './bundle.mjs'
import { root } from './project.mjs'

export const setup = () => prepareDist(root)
