// Gives the cursor what it reads, in a page without a server.
// Takes: grids (to be filled), packed (what with).
Promise.all(packed.map((bytes) => window.gibbsite.unpack(bytes))).then((all) => {
  grids.data = { grids: all }
})
