import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const api = process.env.HORNGATE_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the page's policy lets nothing but its own files in
  },
  server: { proxy: { '/v1': api, '/version': api } },
})
