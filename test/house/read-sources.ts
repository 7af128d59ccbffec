import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One source file: its path from the project root (`src/store/schema.ts`) and its text. */
export interface SourceFile {
  path: string
  text: string
}

/** Tests, benchmarks, and what several tests of a folder share (`src/engine/test-engine.ts`, a folder `testing/`). */
export function isTest(path: string): boolean {
  return (
    /\.(?:test|bench)\.ts$|\/test-[^/]+\.ts$|\/testing\//.test(path) || !path.startsWith('src/')
  )
}

/** The same for web/src/; DOM tests are `.test.tsx`. */
export function isWebTest(path: string): boolean {
  return /\.test\.tsx?$|\/testing\//.test(path)
}

/** The root folder of the checkout. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url))

/** Every TypeScript file below a folder of the project, by its path from the project root; none if it is absent. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }))
}
