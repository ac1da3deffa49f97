<!doctype html>
<html lang="<?cs var:T.code ?>">
<meta charset="utf-8">
<title><?cs var:T.posted ?></title>
<p><?cs var:T.posted ?></p>
<p><a href="<?cs var:Site.base ?><?cs var:Posted.path ?>"><?cs var:T.posted_link ?></a></p>
</html>
