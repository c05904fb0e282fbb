"""Keys of a repository's git config with which git may be started: those that run no program.

git takes commands from its config: hooks (`hook.<name>.command`), filters, pagers, editors,
credential helpers, and more with each version. So a list of harmless keys is the only one
that stays complete. With any other key git is not started, unless the user trusts the key for this
repository in their own git config:

    [wajutsu "<path of the repository>"]
        trustedKey = <key>

Files that the config includes, and `config.worktree`, belong to the config.
"""

from __future__ import annotations

import os
import re
from functools import cache

from store.gitdir.config_file import parse_git_config
from store.gitdir.own_files import read_regular

# A pattern of keys, in lower case without the part between the dots, and why they are harmless.
_HARMLESS = {
    "core.(bare|filemode|ignorecase|precomposeunicode|repositoryformatversion|symlinks)":
        "what kind of repository and file system it is",
    "core.(logallrefupdates|sharedrepository)": "which files git makes, and who may read them",
    "core.(fsync|fsyncmethod|fsyncobjectfiles)": "when git syncs its files",
    "core.(bigfilethreshold|compression|deltabasecachelimit|loosecompression)": "sizes and speed",
    "core.(packedgitlimit|packedgitwindowsize|packedrefstimeout|filesreflocktimeout)": "limits",
    "core.(commitgraph|multipackindex|usereplacerefs)": "which of git's own files are read",
    "commitgraph.(generationversion|maxnewfilters|readchangedpaths)": "the form of the graph file",
    "extensions.(noop|noop-v1|objectformat|preciousobjects|refstorage|relativeworktrees"
    "|worktreeconfig)": "what a program has to know; unknown ones are refused at opening",
    "gc.(aggressivedepth|aggressivewindow|auto|autodetach|autopacklimit|bigpackthreshold"
    "|cruftpacks|logexpiry|maxcruftsize|packrefs|pruneexpire|reflogexpire"
    "|reflogexpireunreachable|rerereresolved|rerereunresolved|worktreepruneexpire"
    "|writecommitgraph)": "how much is collected; not gc.recentObjectsHook, a command",
    "gc.*.(reflogexpire|reflogexpireunreachable)": "the same for some refs",
    "maintenance.(auto|autodetach|strategy)": "when a user's own git collects",
    "maintenance.*.(enabled|schedule)": "which of its tasks it does",
    "pack.(allowpackreuse|compression|deltacachelimit|deltacachesize|depth|indexversion|island"
    "|packsizelimit|threads|usebitmapindex|usebitmaps|usesparse|window|windowmemory"
    "|writebitmaphashcache|writebitmaplookuptable|writereverseindex)": "the form of packs",
    "repack.(cruftdepth|cruftthreads|cruftwindow|cruftwindowmemory|packkeptobjects"
    "|updateserverinfo|usedeltabaseoffset|usedeltaislands|writebitmaps)": "the form of packs",
    "(fetch|receive|transfer).(fsckobjects|unpacklimit)": "checks of objects from elsewhere",
    "receive.(autogc|denycurrentbranch|denydeletecurrent|denydeletes|denynonfastforwards"
    "|shallowupdate)": "which pushes are accepted",
    "uploadpack.(allowanysha1inwant|allowfilter|allowreachablesha1inwant|allowrefinwant"
    "|allowtipsha1inwant|hiderefs)": "what is served; not uploadpack.packObjectsHook, a command",
    "(receive|transfer).(advertisesid|hiderefs)": "which refs are shown",
    "http.(receivepack|uploadpack)": "whether a server serves it",
    "branch.*.(description|merge|rebase|remote)": "where a branch comes from",
    "remote.*.(fetch|mirror|prune|prunetags|push|pushurl|skipdefaultupdate|skipfetchall|tagopt"
    "|url)": "where a copy lies; used only by commands that reach it, which are told by a user",
    "(author|committer|user).(email|name)": "texts",
    "init.defaultbranch": "a text",
    "wajutsu.(fields|layout|replica|replicafolder|replicahost|version)": "our own",
}  # fmt: skip


@cache
def _pattern() -> re.Pattern[str]:
    """Return the pattern of all harmless keys, made when git is about to be started."""
    keys = (key.replace(".", r"\.").replace(r"\.*\.", r"\.(?s:.*)\.") for key in _HARMLESS)
    return re.compile("|".join(keys))


def untrusted_keys(gitdir: str) -> list[str]:
    """Return the keys of a repository's config that are not known to be harmless."""
    found: list[str] = []
    for folder in _config_folders(gitdir):
        if folder is None:
            found.append("commondir")
            continue
        for name in ("config", "config.worktree"):
            try:
                data = read_regular(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            except OSError:
                found.append(name)
                continue
            keys = parse_git_config(data.decode("utf-8", "surrogateescape"))
            found += [key for key in keys if b"\0" in data or not _pattern().fullmatch(key)]
    return found


def _config_folders(gitdir: str) -> list[str | None]:
    """Return the folders whose config counts; None stands for one that is elsewhere."""
    try:
        common = read_regular(os.path.join(gitdir, "commondir"))
    except FileNotFoundError:
        return [gitdir]
    except OSError:
        return [gitdir, None]
    path = os.path.realpath(os.path.join(gitdir, os.fsdecode(common).rstrip("\n")))
    is_worktree = os.path.dirname(os.path.realpath(gitdir)) == os.path.join(path, "worktrees")
    return [gitdir, path if is_worktree else None]
