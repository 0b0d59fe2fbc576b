package main

import "baton/web"

// witness is shown every exchange of the API; nil: nobody is. The tests' program sets it.
var witness func(web.Exchange)
