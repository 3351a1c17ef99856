// Before the first paint, so that a dark page never flashes white. The key is Mantine's own.
const chosen = localStorage.getItem('mantine-color-scheme-value') ?? 'auto'
const dark = chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
