/** A QR code, drawn here: what it holds leaves the page to nobody. Dark on light in both themes, as readers expect. */
import { Box } from '@mantine/core'
import { qrGrid } from './grid.ts'

/** Modules of light around the code, without which readers do not see where it begins. */
const margin = 4

export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const grid = qrGrid(text)
  const size = grid.length + 2 * margin
  const path = grid
    .flatMap((row, y) =>
      row.map((isDark, x) => (isDark ? `M${x + margin} ${y + margin}h1v1h-1z` : '')),
    )
    .join('')
  return (
    <Box bg="white" w={220} h={220} style={{ borderRadius: 8, flexShrink: 0 }}>
      <svg
        viewBox={`0 0 ${size} ${size}`}
        width="100%"
        height="100%"
        shapeRendering="crispEdges"
        role="img"
        aria-label={label}
      >
        <path d={path} fill="black" />
      </svg>
    </Box>
  )
}
