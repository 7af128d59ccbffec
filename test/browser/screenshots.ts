import { join } from 'node:path'
import { projectRoot } from '../house/read-sources.ts'

/** Where the tests of pages leave what they saw. */
export const ARTEFACTS = join(projectRoot, 'dist', 'screenshots')
