// Hands a file to the browser. Takes: file (its name, media type and bytes).
const { name, kind, bytes } = file.data
if (name.length > 0) window.gibbsite.save(name[0], kind[0], bytes[0])
