% GNU Octave's netcdf: axes the other way round, counting from 1.
pkg load netcdf
path = argv(){end};
info = ncinfo(path);
assert(any(strcmp({info.Variables.Name}, "proportions")));
evalc("ncdisp(path)");
say = @(key, value) printf("%s\t%s\n", key, value);
words = @(name) strjoin(strtrim(cellstr(strrep(ncread(path, name)', "\0", " "))), " ");
names = strsplit(words("phase_name"), " ");
ids = ncread(path, "phase_id");
modes = ncread(path, "volume_fraction");
say("title", ncreadatt(path, "/", "title"));
say("phases", strjoin(names, " "));
say("components", words("component_name"));
say("meanings", ncreadatt(path, "phase_id", "flag_meanings"));
say("first", names{ids(1, 4, 3) + 1});
say("mode", num2str(mean(modes(2, :)(:)), 12));
say("density", num2str(ncread(path, "density")(4, 3), 12));
say("potential", num2str(ncread(path, "chemical_potential")(2, 4, 3), 12));
say("status", num2str(sum(ncread(path, "status")(:))));
say("sha256", ncreadatt(path, "/provenance", "section_sha256"));
