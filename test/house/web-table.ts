/** DESIGN.md, "Folders and who may import whom": what the web UI may import of src/. */
export const webFolders: readonly string[] = ['model', 'lang', 'contract']

/**
 * Package → the places below web/src that may import it; an empty list is every place. Heavy packages stay behind one folder, so
 * that they stay in a chunk of their own.
 */
export const webPackages: Readonly<Record<string, readonly string[]>> = {
  '@codemirror/autocomplete': ['web/src/editor/'],
  '@codemirror/commands': ['web/src/editor/'],
  '@codemirror/language': ['web/src/editor/'],
  '@codemirror/lint': ['web/src/editor/'],
  '@codemirror/state': ['web/src/editor/'],
  '@codemirror/view': ['web/src/editor/'],
  '@dagrejs/dagre': ['web/src/graph/'],
  '@grafana/data': ['web/src/panels/', 'web/src/dashboard/'],
  '@lezer/common': ['web/src/editor/'],
  '@lezer/highlight': ['web/src/editor/'],
  '@mantine/core': [],
  '@mantine/hooks': [],
  '@mantine/spotlight': ['web/src/shell/'],
  '@prometheus-io/codemirror-promql': ['web/src/editor/'],
  '@tabler/icons-react': [],
  '@tanstack/react-query': [],
  '@tanstack/react-router': [],
  '@tanstack/react-virtual': [],
  dompurify: ['web/src/panels/', 'web/src/dashboard/', 'web/src/markdown/'],
  'markdown-it': ['web/src/panels/', 'web/src/dashboard/', 'web/src/markdown/'],
  react: [],
  'react-dom': [],
  uplot: ['web/src/charts/', 'web/src/panels/'],
}
