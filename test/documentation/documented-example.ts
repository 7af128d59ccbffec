import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../house/read-sources.ts'

/** The page of which it is. */
export const configurationPage = readFileSync(join(projectRoot, 'docs/configuration.md'), 'utf8')

/** The example of vedette.yml in docs/configuration.md, which holds every key. */
export const documentedExample =
  /```yaml\n(prometheus: [\s\S]*?)```/.exec(configurationPage)?.[1] ?? ''

/**
 * Writes the example into an empty folder, which stands for its `/etc/vedette`, with the files that it names and `more` at its end; answers
 * where the file is.
 */
export function writeDocumentedExample(folder: string, more = ''): string {
  for (const name of ['tls', 'dashboards']) mkdirSync(join(folder, name))
  const file = join(folder, 'vedette.yml')
  const files = {
    'prometheus.yml': 'scrape_configs: []',
    'alertmanager.yml': 'route: {receiver: a}\nreceivers: [{name: a}]',
    password: 'a-password',
    'tls/server.crt': '',
    'tls/server.key': '',
    'tls/ca.crt': '',
    'vedette.yml': documentedExample.replaceAll('/etc/vedette', folder) + more,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return file
}
