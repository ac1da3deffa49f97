<?cs # The frame of every page. title is put before the site’s own name. ?><?cs
def:page_begin(title) ?><!doctype html>
<html lang="<?cs var:T.code ?>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title><?cs if:title ?><?cs var:title ?> · <?cs /if ?><?cs if:Board.title ?><?cs var:Board.title ?> · <?cs /if ?><?cs var:Site.title ?></title>
<?cs if:Page.noindex || Page.name == "problem" ?><meta name="robots" content="noindex"><?cs
else ?><?cs if:Page.canonical ?><link rel="canonical" href="<?cs var:Page.canonical ?>">
<?cs /if ?><meta name="description" content="<?cs if:Page.excerpt ?><?cs var:Page.excerpt ?><?cs else ?><?cs var:T.description ?><?cs /if ?>">
<meta property="og:site_name" content="<?cs var:Site.title ?>">
<meta property="og:title" content="<?cs if:title ?><?cs var:title ?><?cs elif:Board.title ?><?cs var:Board.title ?><?cs else ?><?cs var:Site.title ?><?cs /if ?>">
<meta property="og:type" content="<?cs if:Page.excerpt ?>article<?cs else ?>website<?cs /if ?>">
<?cs if:Page.canonical ?><meta property="og:url" content="<?cs var:Page.canonical ?>">
<?cs /if ?><meta property="og:description" content="<?cs if:Page.excerpt ?><?cs var:Page.excerpt ?><?cs else ?><?cs var:T.description ?><?cs /if ?>"><?cs /if ?>
<?cs if:Page.feed && !Page.archive ?><link rel="alternate" type="application/atom+xml" title="<?cs if:Page.name == "post" ?><?cs var:T.feed_thread ?><?cs else ?><?cs var:T.feed ?><?cs /if ?>" href="<?cs var:Board.base ?><?cs var:Page.feed ?>.atom">
<?cs /if ?><?cs if:Page.json && !Page.archive ?><link rel="alternate" type="application/json" href="<?cs var:Board.base ?><?cs var:Page.json ?>.json">
<?cs /if ?><link rel="stylesheet" href="<?cs var:Site.base ?>/static/<?cs var:Asset.style ?>">
<link rel="icon" type="image/svg+xml" href="<?cs var:Site.base ?>/static/<?cs var:Asset.icon ?>">
</head>
<body>
<a class="skip" href="#content"><?cs var:T.skip ?></a>
<header class="top">
<a class="site" href="<?cs var:Site.base ?>/"><img src="<?cs var:Site.base ?>/static/<?cs var:Asset.icon ?>" alt="" width="27" height="27"><?cs var:Site.title ?></a>
<nav class="menu" aria-label="<?cs var:T.nav ?>">
<?cs if:Board.others ?><a href="<?cs var:Site.base ?>/boards"<?cs if:Page.name == "boards" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_boards ?></a>
<?cs /if ?><a href="<?cs var:Board.base ?>/list"<?cs if:Page.name == "list" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_list ?></a>
<a href="<?cs var:Board.base ?>/all"<?cs if:Page.name == "all" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_all ?></a>
<a href="<?cs var:Board.base ?>/latest"<?cs if:Page.name == "latest" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_latest ?></a>
<?cs if:!Page.archive ?><a href="<?cs var:Board.base ?>/write"<?cs if:Page.name == "write" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_write ?></a>
<?cs /if ?></nav>
<?cs if:!Page.archive && !Page.typed && !Posted.token && !Posted.later ?><form class="language" method="post" action="<?cs var:Site.base ?>/language">
<input type="hidden" name="back" value="<?cs var:Page.path ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs elif:Form.key.value ?>?key=<?cs var:Form.key.value ?><?cs /if ?>">
<button class="bare" name="lang" value="<?cs var:T.switch_code ?>" lang="<?cs var:T.switch_code ?>"><?cs var:T.switch_name ?></button>
</form>
<?cs /if ?></header>
<main id="content" tabindex="-1">
<?cs if:Board.title && Page.name != "boards" && Page.name != "problem" ?><p class="board"><a href="<?cs var:Board.base ?>/list"><?cs var:Board.title ?></a></p>
<?cs /if ?><?cs /def ?><?cs
def:page_end() ?>
</main>
<footer class="bottom">
<p><?cs var:T.footer ?></p>
<?cs if:Page.feed && !Page.archive ?><p class="links"><a href="<?cs var:Board.base ?><?cs var:Page.feed ?>.atom"><?cs var:T.feed_link ?></a></p>
<?cs /if ?></footer>
</body>
</html>
<?cs /def ?>
