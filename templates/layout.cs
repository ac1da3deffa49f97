<?cs # The frame of every page. title is put before the site's own name. ?><?cs
def:page_begin(title) ?><!doctype html>
<html lang="<?cs var:T.code ?>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title><?cs if:title ?><?cs var:title ?> · <?cs /if ?><?cs var:Site.title ?></title>
<link rel="stylesheet" href="<?cs var:Site.base ?>/static/<?cs var:Asset.style ?>">
<link rel="icon" type="image/svg+xml" href="<?cs var:Site.base ?>/static/<?cs var:Asset.icon ?>">
</head>
<body>
<a class="skip" href="#content"><?cs var:T.skip ?></a>
<header class="top">
<a class="site" href="<?cs var:Site.base ?>/"><img src="<?cs var:Site.base ?>/static/<?cs var:Asset.icon ?>" alt="" width="32" height="32"><?cs var:Site.title ?></a>
<nav class="menu" aria-label="<?cs var:T.nav ?>">
<a href="<?cs var:Site.base ?>/"<?cs if:Page.name == "home" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_write ?></a>
<a href="<?cs var:Site.base ?>/all"<?cs if:Page.name == "all" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_all ?></a>
<a href="<?cs var:Site.base ?>/latest"<?cs if:Page.name == "latest" ?> aria-current="page"<?cs /if ?>><?cs var:T.nav_latest ?></a>
</nav>
<form class="language" method="post" action="<?cs var:Site.base ?>/language">
<input type="hidden" name="back" value="<?cs var:Page.path ?>">
<button name="lang" value="<?cs var:T.switch_code ?>" lang="<?cs var:T.switch_code ?>"><?cs var:T.switch_name ?></button>
</form>
</header>
<main id="content" tabindex="-1">
<?cs /def ?><?cs
def:page_end() ?>
</main>
<footer class="bottom">
<p><?cs var:T.footer ?></p>
</footer>
</body>
</html>
<?cs /def ?>
