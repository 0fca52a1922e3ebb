const title = `# Results

Written by \`pnpm bench\`; what the areas measure is in [README.md](README.md).
`

/** The text of results.md with the section of one area replaced or added, areas in order of name. */
export function replaceSection(text, name, report) {
  const sections = new Map()
  for (const part of text.split(/^## /m).slice(1)) {
    const end = part.indexOf('\n')
    sections.set(part.slice(0, end).trim(), part.slice(end).trim())
  }
  sections.set(name, report.trim())
  const parts = [...sections].sort(([a], [b]) => (a < b ? -1 : 1))
  return [title, ...parts.map(([area, body]) => `## ${area}\n\n${body}\n`)].join('\n')
}
