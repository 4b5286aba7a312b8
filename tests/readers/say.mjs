// What both JavaScript readers are asked.
export const words = ({ shape, value }) => {
  const n = shape[shape.length - 1];
  const found = [];
  for (let i = 0; i < value.length; i += n)
    found.push(value.slice(i, i + n).join("").replaceAll("\0", ""));
  return found;
};
export const say = (take, attribute, words) => {
  const line = (key, value) => process.stdout.write(`${key}\t${value}\n`);
  const at = ({ shape, value }, ...place) =>
    value[place.reduce((sum, index, axis) => sum * shape[axis] + index, 0)];
  const names = words(take("phase_name"));
  const modes = take("volume_fraction");
  const slots = modes.shape[2];
  const second = Array.from(modes.value).filter((_, i) => i % slots === 1);
  line("title", attribute(null, "title"));
  line("phases", names.join(" "));
  line("components", words(take("component_name")).join(" "));
  line("meanings", attribute("phase_id", "flag_meanings"));
  line("first", names[at(take("phase_id"), 2, 3, 0)]);
  line("mode", second.reduce((sum, each) => sum + each) / second.length);
  line("density", at(take("density"), 2, 3));
  line("potential", at(take("chemical_potential"), 2, 3, 1));
  line("status", Array.from(take("status").value).reduce((sum, each) => sum + each));
  line("sha256", attribute("provenance", "section_sha256"));
};
